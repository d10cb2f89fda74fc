-- A day, made anew in the staging table, takes the place of the one that readers see.
ALTER TABLE agg_page_flows REPLACE PARTITION {day:String} FROM agg_page_flows_stage
