-- Empty a staging table. {stage}: its name, for example products_stage.
TRUNCATE TABLE {stage:Identifier}
