-- All users.
INSERT INTO dim_users_stage
SELECT
    user_id,
    min(first_at) AS first_seen_at,
    max(last_at) AS last_seen_at,
    count() AS active_days,
    sum(day_events) AS events,
    sum(day_purchases) AS purchases,
    argMin(day_utm_source, event_date) AS first_utm_source,
    argMin(day_utm_medium, event_date) AS first_utm_medium,
    argMin(day_utm_campaign, event_date) AS first_utm_campaign,
    argMaxIf(day_country, event_date, day_country != '') AS geo_country,
    argMaxIf(day_region, event_date, day_country != '') AS geo_region_name,
    argMax(day_browser, event_date) AS browser_name,
    argMaxIf(day_device, event_date, day_device != '') AS device_type
FROM
(
    SELECT
        user_id,
        event_date,
        first_at,
        last_at,
        events AS day_events,
        purchases AS day_purchases,
        first_utm_source AS day_utm_source,
        first_utm_medium AS day_utm_medium,
        first_utm_campaign AS day_utm_campaign,
        geo_country AS day_country,
        geo_region_name AS day_region,
        browser_name AS day_browser,
        device_type AS day_device
    FROM agg_user_days
)
GROUP BY user_id
SETTINGS max_bytes_before_external_group_by = 500000000
