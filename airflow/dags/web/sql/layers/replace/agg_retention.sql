-- All of it, made anew in the staging table, takes the place of what readers see.
ALTER TABLE agg_retention REPLACE PARTITION tuple() FROM agg_retention_stage
