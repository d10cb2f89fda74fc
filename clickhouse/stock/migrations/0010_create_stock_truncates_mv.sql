CREATE MATERIALIZED VIEW stock_balances_truncates_mv TO stock_balances_truncates AS
SELECT lsn, committed_at
FROM stock_balances_inbox
WHERE kind = 'truncate';
