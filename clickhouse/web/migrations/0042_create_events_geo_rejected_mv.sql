-- What is no record of feed geo_events, with the reason; and records of users who were erased, without a word of theirs.
CREATE MATERIALIZED VIEW events_geo_rejected_mv TO events_rejected AS
SELECT
    arrived_at,
    queued_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    if(events_geo_inbox.reason = '', 'the user was erased', events_geo_inbox.reason) AS reason,
    if(events_geo_inbox.reason = '', '', replaceRegexpAll(events_geo_inbox.payload, '"(user_id|ip_address)"\\s*:\\s*("[^"]*"?|[^,}]*)', '"\\1":"…"')) AS payload
FROM events_geo_inbox
WHERE events_geo_inbox.reason != '' OR event.user_id IN (SELECT user_id FROM erased_users);
