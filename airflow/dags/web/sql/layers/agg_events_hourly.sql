-- The events of these days by hour.
INSERT INTO agg_events_hourly_stage
SELECT
    toStartOfHour(event_at) AS event_hour,
    event_type,
    browser_name,
    device_type,
    geo_country,
    countState() AS total_events,
    uniqState(user_id) AS unique_users
FROM fact_events FINAL
WHERE toDate(event_at) IN {days:Array(Date)}
GROUP BY event_hour, event_type, browser_name, device_type, geo_country
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0
