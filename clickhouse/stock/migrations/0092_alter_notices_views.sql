-- The same queries as before, one table further on. A message on its way is read by the one or by the other.
ALTER TABLE stock_balances_truncates_mv MODIFY QUERY
SELECT
    if(kind = 'truncate', lsn, lsn - 1) AS lsn,
    committed_at,
    kind = 'last read' AS is_snapshot,
    kafka_offset
FROM stock_balances_notices
WHERE kind IN ('truncate', 'last read');

ALTER TABLE heartbeats_mv MODIFY QUERY
SELECT 'wms' AS source, sent_at, captured_at, queued_at, arrived_at
FROM stock_balances_notices
WHERE kind = 'heartbeat';

ALTER TABLE stock_balances_errors_mv MODIFY QUERY
SELECT arrived_at, kafka_topic, kafka_partition, kafka_offset, payload
FROM stock_balances_notices
WHERE kind = 'error';
