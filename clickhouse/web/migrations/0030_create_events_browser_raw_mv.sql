-- Sound records of feed browser_events, but for those of users who were erased.
CREATE MATERIALIZED VIEW events_browser_raw_mv TO events_browser_raw AS
SELECT
    assumeNotNull(event.event_id) AS event_id,
    assumeNotNull(event_at) AS event_at,
    assumeNotNull(event.user_id) AS user_id,
    assumeNotNull(event.event_type) AS event_type,
    event.browser_name AS browser_name,
    event.browser_user_agent AS browser_user_agent,
    event.browser_language AS browser_language,
    kafka_partition,
    kafka_offset,
    queued_at,
    arrived_at
FROM events_browser_inbox
WHERE reason = '' AND event.user_id NOT IN (SELECT user_id FROM erased_users);
