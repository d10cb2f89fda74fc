-- All of it, made anew in the staging table, takes the place of what readers see.
ALTER TABLE dim_users REPLACE PARTITION tuple() FROM dim_users_stage
