CREATE MATERIALIZED VIEW stock_balances_truncates_mv TO stock_balances_truncates AS
SELECT lsn, committed_at
FROM kafka_wms_stock_balances
WHERE op = 't';
