-- Make a held table visible, in one atomic step; what was visible takes its name. {table}, {held}: their names.
-- One pair a statement: the engine takes a list of pairs, but exchanges them one after the other, and a failure in the
-- middle leaves the first ones exchanged.
EXCHANGE TABLES {table:Identifier} AND {held:Identifier}
