-- The events of these days by place, device and browser.
INSERT INTO agg_events_daily_stage
SELECT
    toDate(event_at) AS event_date,
    geo_country,
    geo_region_name,
    device_type,
    browser_name,
    countState() AS total_events,
    uniqState(user_id) AS unique_users,
    countIfState(event_type = 'purchase') AS purchases
FROM fact_events FINAL
WHERE toDate(event_at) IN {days:Array(Date)}
GROUP BY event_date, geo_country, geo_region_name, device_type, browser_name
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0
