-- The facts of a slice of the arrived events: of each part the first record in Kafka, joined by event. Facts that are as full
-- already are not written again. A slice is a range of staging's key, so no more than it is read, and it comes sorted for the joins.
-- Each event is written once, so there is nothing to collapse on the way in: that took a third of the time.
INSERT INTO fact_events
SELECT
    browser.event_id,
    browser.event_at,
    browser.event_type,
    browser.user_id,
    ifNull(browser.browser_name, '') AS browser_name,
    ifNull(browser.browser_user_agent, '') AS browser_user_agent,
    ifNull(browser.browser_language, '') AS browser_language,
    ifNull(device.os_name, '') AS os_name,
    ifNull(device.os_timezone, '') AS os_timezone,
    ifNull(device.device_type, '') AS device_type,
    ifNull(device.device_is_mobile, false) AS device_is_mobile,
    geo.ip_address,
    ifNull(geo.geo_country, '') AS geo_country,
    ifNull(geo.geo_region_name, '') AS geo_region_name,
    ifNull(geo.geo_timezone, '') AS geo_timezone,
    geo.geo_latitude,
    geo.geo_longitude,
    ifNull(location.page_url, '') AS page_url,
    ifNull(location.page_url_path, '') AS page_url_path,
    ifNull(location.referer_url, '') AS referer_url,
    ifNull(location.referer_medium, '') AS referer_medium,
    ifNull(location.utm_source, '') AS utm_source,
    ifNull(location.utm_medium, '') AS utm_medium,
    ifNull(location.utm_campaign, '') AS utm_campaign,
    ifNull(location.utm_content, '') AS utm_content,
    1 + 2 * device.has_come + 4 * geo.has_come + 8 * location.has_come AS parts,
    1 + device.has_come + geo.has_come + location.has_come AS version
FROM
(
    SELECT
        event_id,
        event_at,
        user_id,
        event_type,
        browser_name,
        browser_user_agent,
        browser_language
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
        os_name,
        os_timezone,
        device_type,
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
        geo_country,
        geo_region_name,
        geo_timezone,
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
        page_url,
        page_url_path,
        referer_url,
        referer_medium,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content
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
    optimize_on_insert = 0,
    max_partitions_per_insert_block = 0
