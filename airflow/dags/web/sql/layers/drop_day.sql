-- A day that holds nothing any more: an empty one can't be put in its place.
ALTER TABLE {table:Identifier} DROP PARTITION {day:String}
