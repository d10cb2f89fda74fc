-- Sound records of feed geo_events, but for those of users who were erased.
CREATE MATERIALIZED VIEW events_geo_raw_mv TO events_geo_raw AS
SELECT
    assumeNotNull(event.event_id) AS event_id,
    assumeNotNull(event_at) AS event_at,
    assumeNotNull(event.user_id) AS user_id,
    event.ip_address AS ip_address,
    event.geo_country AS geo_country,
    event.geo_region_name AS geo_region_name,
    event.geo_timezone AS geo_timezone,
    event.geo_latitude AS geo_latitude,
    event.geo_longitude AS geo_longitude,
    kafka_partition,
    kafka_offset,
    queued_at,
    arrived_at
FROM events_geo_inbox
WHERE reason = '' AND event.user_id NOT IN (SELECT user_id FROM erased_users);
