-- A day, made anew in the staging table, takes the place of the one that readers see.
ALTER TABLE agg_funnel_days REPLACE PARTITION {day:String} FROM agg_funnel_days_stage
