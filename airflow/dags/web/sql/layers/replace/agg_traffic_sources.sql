-- A day, made anew in the staging table, takes the place of the one that readers see.
ALTER TABLE agg_traffic_sources REPLACE PARTITION {day:String} FROM agg_traffic_sources_stage
