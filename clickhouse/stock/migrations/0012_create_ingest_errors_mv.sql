CREATE MATERIALIZED VIEW stock_balances_errors_mv TO ingest_errors AS
SELECT
    now64(3, 'UTC') AS arrived_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    reason,
    payload
FROM stock_balances_inbox
WHERE reason != '';
