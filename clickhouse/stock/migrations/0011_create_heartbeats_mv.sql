CREATE MATERIALIZED VIEW heartbeats_mv TO heartbeats AS
SELECT
    'wms' AS source,
    parseDateTime64BestEffortOrZero(ifNull(after.sent_at, ''), 6, 'UTC') AS sent_at,
    captured_at,
    queued_at,
    now64(3, 'UTC') AS arrived_at
FROM stock_balances_inbox
WHERE reason = '' AND kafka_topic = 'wms.public.wms_heartbeat' AND op IN ('c', 'u');
