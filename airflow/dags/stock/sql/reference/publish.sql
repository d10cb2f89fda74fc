-- Make a staged table visible and keep the old one as its twin, in one atomic step. {table}, {stage}: their names.
-- One pair a statement: the engine takes a list of pairs, but exchanges them one after the other, and a failure in the
-- middle leaves the first ones exchanged.
EXCHANGE TABLES {table:Identifier} AND {stage:Identifier}
