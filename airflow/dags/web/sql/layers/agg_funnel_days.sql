-- How far the visits of these days came. A step counts when it follows the one before it, on the same day; which page is a
-- product's, its path says.
INSERT INTO agg_funnel_days_stage
SELECT
    event_date,
    device_type,
    geo_country,
    utm_source,
    step,
    count() AS visits
FROM
(
    SELECT
        toDate(event_at) AS event_date,
        user_id,
        argMaxIf(device, (event_at, event_id), device != '') AS device_type,
        argMaxIf(country, (event_at, event_id), country != '') AS geo_country,
        argMin(source, (event_at, event_id)) AS utm_source,
        1 + windowFunnel(86400000)(
            toUInt64(toUnixTimestamp64Milli(event_at)),
            startsWith(page_url_path, '/product/'),
            event_type = 'add_to_cart',
            event_type = 'checkout',
            event_type = 'purchase'
        ) AS step
    FROM
    (
        SELECT
            event_at,
            event_id,
            user_id,
            event_type,
            page_url_path,
            device_type AS device,
            geo_country AS country,
            utm_source AS source
        FROM fact_events FINAL
        WHERE toDate(event_at) IN {days:Array(Date)}
    )
    GROUP BY event_date, user_id
)
GROUP BY event_date, device_type, geo_country, utm_source, step
SETTINGS
    do_not_merge_across_partitions_select_final = 1,
    max_partitions_per_insert_block = 0,
    max_bytes_before_external_group_by = 500000000
