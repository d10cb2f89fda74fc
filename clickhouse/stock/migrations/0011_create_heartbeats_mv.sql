CREATE MATERIALIZED VIEW heartbeats_mv TO heartbeats AS
SELECT 'wms' AS source, sent_at, captured_at, queued_at, arrived_at
FROM stock_balances_inbox
WHERE kind = 'heartbeat';
