-- The facts of those days, each event once.
CREATE OR REPLACE VIEW recent_facts_v AS
SELECT *
FROM fact_events FINAL
WHERE toDate(event_at) IN (SELECT day FROM recent_days_v)
SETTINGS do_not_merge_across_partitions_select_final = 1
