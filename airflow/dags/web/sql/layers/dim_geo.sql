-- All places.
INSERT INTO dim_geo_stage
SELECT
    geo_country,
    geo_region_name,
    argMax(geo_timezone, (event_at, event_id)) AS geo_timezone,
    avg(latitude) AS geo_latitude,
    avg(longitude) AS geo_longitude,
    min(event_at) AS first_seen_at,
    max(event_at) AS last_seen_at,
    count() AS events
FROM
(
    SELECT
        event_at,
        event_id,
        geo_country,
        geo_region_name,
        geo_timezone,
        -- Whole millionths of a degree add up to the same in any order.
        toDecimal64(geo_latitude, 6) AS latitude,
        toDecimal64(geo_longitude, 6) AS longitude
    FROM fact_events FINAL
    WHERE bitTest(parts, 2) AND geo_country != ''
)
GROUP BY geo_country, geo_region_name
SETTINGS do_not_merge_across_partitions_select_final = 1
