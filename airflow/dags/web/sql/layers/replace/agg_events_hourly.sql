-- A day, made anew in the staging table, takes the place of the one that readers see.
ALTER TABLE agg_events_hourly REPLACE PARTITION {day:String} FROM agg_events_hourly_stage
