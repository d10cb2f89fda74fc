-- Users' days, of these days. Events of one moment are told apart by their ids, so that each build picks the same; what is of one
-- event is picked together.
INSERT INTO agg_user_days_stage
SELECT
    toDate(event_at) AS event_date,
    user_id,
    min(event_at) AS first_at,
    max(event_at) AS last_at,
    count() AS events,
    countIf(event_type = 'purchase') AS purchases,
    tupleElement(
        argMin((utm_source, utm_medium, utm_campaign), (event_at, event_id)) AS first_source, 1
    ) AS first_utm_source,
    tupleElement(first_source, 2) AS first_utm_medium,
    tupleElement(first_source, 3) AS first_utm_campaign,
    tupleElement(
        argMaxIf((geo_country, geo_region_name), (event_at, event_id), geo_country != '') AS last_place, 1
    ) AS geo_country,
    tupleElement(last_place, 2) AS geo_region_name,
    argMax(browser_name, (event_at, event_id)) AS browser_name,
    argMaxIf(device_type, (event_at, event_id), device_type != '') AS device_type
FROM
(
    SELECT
        event_at,
        event_id,
        user_id,
        event_type,
        utm_source,
        utm_medium,
        utm_campaign,
        geo_country,
        geo_region_name,
        browser_name,
        device_type
    FROM fact_events FINAL
    WHERE toDate(event_at) IN {days:Array(Date)}
)
GROUP BY event_date, user_id
SETTINGS
    do_not_merge_across_partitions_select_final = 1,
    max_partitions_per_insert_block = 0,
    max_bytes_before_external_group_by = 500000000,
    prefer_column_name_to_alias = 1
