-- What was visible before goes where people look for it: into the staging table. {held}, {stage}: their names.
EXCHANGE TABLES {held:Identifier} AND {stage:Identifier}
