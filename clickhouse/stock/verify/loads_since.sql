-- When rows were last loaded by a snapshot instead of change by change, if that was after a moment.
SELECT maxOrNull(committed_at)
FROM kafka_wms_stock_balances
WHERE op = 'r' AND committed_at > {since:DateTime64(6, 'UTC')}
