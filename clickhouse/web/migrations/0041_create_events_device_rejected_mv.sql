-- What is no record of feed device_events, with the reason; and records of users who were erased, without a word of theirs.
CREATE MATERIALIZED VIEW events_device_rejected_mv TO events_rejected AS
SELECT
    arrived_at,
    queued_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    if(events_device_inbox.reason = '', 'the user was erased', events_device_inbox.reason) AS reason,
    if(events_device_inbox.reason = '', '', replaceRegexpAll(events_device_inbox.payload, '"(user_id|ip_address)"\\s*:\\s*("[^"]*"?|[^,}]*)', '"\\1":"…"')) AS payload
FROM events_device_inbox
WHERE events_device_inbox.reason != '' OR event.user_id IN (SELECT user_id FROM erased_users);
