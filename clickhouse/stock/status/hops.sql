-- When a change passed each hop, by the row that it made.
SELECT committed_at, captured_at, queued_at, arrived_at
FROM kafka_wms_stock_balances
WHERE warehouse_id = {warehouse:Int32}
    AND product_id = {product:Int32}
    AND updated_at >= {updated_at:DateTime64(6, 'UTC')}
    AND committed_at > now64(6, 'UTC') - INTERVAL 5 MINUTE
ORDER BY lsn
LIMIT 1
