CREATE MATERIALIZED VIEW stock_balances_errors_mv TO ingest_errors AS
SELECT arrived_at, kafka_topic, kafka_partition, kafka_offset, payload
FROM stock_balances_inbox
WHERE kind = 'error';
