-- The events of these days by what brought the user.
INSERT INTO agg_traffic_sources_stage
SELECT
    toStartOfHour(event_at) AS event_hour,
    utm_source,
    utm_medium,
    utm_campaign,
    referer_medium,
    countState() AS total_events,
    uniqState(user_id) AS unique_users,
    countIfState(event_type = 'purchase') AS purchases
FROM fact_events FINAL
WHERE toDate(event_at) IN {days:Array(Date)}
GROUP BY event_hour, utm_source, utm_medium, utm_campaign, referer_medium
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0
