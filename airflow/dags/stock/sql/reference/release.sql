-- Drop what a publication held. {held}: its name.
DROP TABLE IF EXISTS {held:Identifier} SYNC
