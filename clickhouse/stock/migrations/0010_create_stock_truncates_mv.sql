CREATE MATERIALIZED VIEW stock_balances_truncates_mv TO stock_balances_truncates AS
SELECT
    if(kind = 'truncate', lsn, lsn - 1) AS lsn,
    committed_at,
    kind = 'last read' AS is_snapshot,
    kafka_offset
FROM stock_balances_inbox
WHERE kind IN ('truncate', 'last read');
