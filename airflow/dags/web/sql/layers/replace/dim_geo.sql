-- All of it, made anew in the staging table, takes the place of what readers see.
ALTER TABLE dim_geo REPLACE PARTITION tuple() FROM dim_geo_stage
