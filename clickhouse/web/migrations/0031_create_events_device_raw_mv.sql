-- Sound records of feed device_events, but for those of users who were erased.
CREATE MATERIALIZED VIEW events_device_raw_mv TO events_device_raw AS
SELECT
    assumeNotNull(event.event_id) AS event_id,
    assumeNotNull(event_at) AS event_at,
    assumeNotNull(event.user_id) AS user_id,
    event.os_name AS os_name,
    event.os_timezone AS os_timezone,
    event.device_type AS device_type,
    event.device_is_mobile AS device_is_mobile,
    kafka_partition,
    kafka_offset,
    queued_at,
    arrived_at
FROM events_device_inbox
WHERE reason = '' AND event.user_id NOT IN (SELECT user_id FROM erased_users);
