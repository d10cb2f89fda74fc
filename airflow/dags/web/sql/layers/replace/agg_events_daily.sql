-- A day, made anew in the staging table, takes the place of the one that readers see.
ALTER TABLE agg_events_daily REPLACE PARTITION {day:String} FROM agg_events_daily_stage
