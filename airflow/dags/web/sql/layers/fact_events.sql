-- The facts of a slice of the arrived events: of each part the first record in Kafka, joined by event. Facts that are as full
-- already are not written again. A slice is a range of staging's key, so no more than it is read, and it comes sorted for the joins.
-- Each event is written once, so there is nothing to collapse on the way in: that took a third of the time. Values are plain
-- strings before anything is sorted or joined: row by row, one of a dictionary costs five times as much, since the parts of staging
-- have dictionaries of their own.
INSERT INTO fact_events
SELECT
    browser.event_id,
    browser.event_at,
    browser.event_type,
    browser.user_id,
    browser.browser_name,
    browser.browser_user_agent,
    browser.browser_language,
    device.os_name,
    device.os_timezone,
    device.device_type,
    ifNull(device.device_is_mobile, false) AS device_is_mobile,
    geo.ip_address,
    geo.geo_country,
    geo.geo_region_name,
    geo.geo_timezone,
    geo.geo_latitude,
    geo.geo_longitude,
    location.page_url,
    location.page_url_path,
    location.referer_url,
    location.referer_medium,
    location.utm_source,
    location.utm_medium,
    location.utm_campaign,
    location.utm_content,
    1 + 2 * device.has_come + 4 * geo.has_come + 8 * location.has_come AS parts,
    1 + device.has_come + geo.has_come + location.has_come AS version
FROM
(
    SELECT
        event_id,
        event_at,
        user_id,
        CAST(event_type, 'String') AS event_type,
        CAST(ifNull(browser_name, ''), 'String') AS browser_name,
        CAST(ifNull(browser_user_agent, ''), 'String') AS browser_user_agent,
        CAST(ifNull(browser_language, ''), 'String') AS browser_language
    FROM events_browser_raw
    WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
        AND event_id IN
        (
            SELECT event_id
            FROM arrived_events
            WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
        )
    ORDER BY event_id, kafka_partition, kafka_offset
    LIMIT 1 BY event_id
) AS browser
LEFT ANY JOIN
(
    SELECT
        event_id,
        1 AS has_come,
        CAST(ifNull(os_name, ''), 'String') AS os_name,
        CAST(ifNull(os_timezone, ''), 'String') AS os_timezone,
        CAST(ifNull(device_type, ''), 'String') AS device_type,
        device_is_mobile
    FROM events_device_raw
    WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
        AND event_id IN
        (
            SELECT event_id
            FROM arrived_events
            WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
        )
    ORDER BY event_id, kafka_partition, kafka_offset
    LIMIT 1 BY event_id
) AS device ON browser.event_id = device.event_id
LEFT ANY JOIN
(
    SELECT
        event_id,
        1 AS has_come,
        ip_address,
        CAST(ifNull(geo_country, ''), 'String') AS geo_country,
        CAST(ifNull(geo_region_name, ''), 'String') AS geo_region_name,
        CAST(ifNull(geo_timezone, ''), 'String') AS geo_timezone,
        geo_latitude,
        geo_longitude
    FROM events_geo_raw
    WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
        AND event_id IN
        (
            SELECT event_id
            FROM arrived_events
            WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
        )
    ORDER BY event_id, kafka_partition, kafka_offset
    LIMIT 1 BY event_id
) AS geo ON browser.event_id = geo.event_id
LEFT ANY JOIN
(
    SELECT
        event_id,
        1 AS has_come,
        ifNull(page_url, '') AS page_url,
        CAST(ifNull(page_url_path, ''), 'String') AS page_url_path,
        ifNull(referer_url, '') AS referer_url,
        CAST(ifNull(referer_medium, ''), 'String') AS referer_medium,
        CAST(ifNull(utm_source, ''), 'String') AS utm_source,
        CAST(ifNull(utm_medium, ''), 'String') AS utm_medium,
        CAST(ifNull(utm_campaign, ''), 'String') AS utm_campaign,
        CAST(ifNull(utm_content, ''), 'String') AS utm_content
    FROM events_location_raw
    WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
        AND event_id IN
        (
            SELECT event_id
            FROM arrived_events
            WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
        )
    ORDER BY event_id, kafka_partition, kafka_offset
    LIMIT 1 BY event_id
) AS location ON browser.event_id = location.event_id
LEFT ANY JOIN
(
    SELECT
        event_id,
        max(version) AS version
    FROM fact_events
    WHERE toDate(event_at) IN {days:Array(Date)}
        AND event_id IN
        (
            SELECT event_id
            FROM arrived_events
            WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
        )
    GROUP BY event_id
) AS known ON browser.event_id = known.event_id
WHERE version > known.version
SETTINGS
    join_algorithm = 'full_sorting_merge',
    max_threads = 1,
    query_plan_execute_functions_after_sorting = 0,
    optimize_on_insert = 0,
    max_partitions_per_insert_block = 0
