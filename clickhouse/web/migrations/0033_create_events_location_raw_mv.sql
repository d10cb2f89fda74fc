-- Sound records of feed location_events, but for those of users who were erased.
CREATE MATERIALIZED VIEW events_location_raw_mv TO events_location_raw AS
SELECT
    assumeNotNull(event.event_id) AS event_id,
    assumeNotNull(event_at) AS event_at,
    assumeNotNull(event.user_id) AS user_id,
    event.page_url AS page_url,
    event.page_url_path AS page_url_path,
    event.referer_url AS referer_url,
    event.referer_medium AS referer_medium,
    event.utm_source AS utm_source,
    event.utm_medium AS utm_medium,
    event.utm_campaign AS utm_campaign,
    event.utm_content AS utm_content,
    kafka_partition,
    kafka_offset,
    queued_at,
    arrived_at
FROM events_location_inbox
WHERE reason = '' AND event.user_id NOT IN (SELECT user_id FROM erased_users);
