-- The log was saved a moment after the state, so it may have changes that the state lacks. Whatever arrived from a minute before
-- that moment on is applied once more: what the state has already has the same version, and changes nothing.
INSERT INTO stock_balances (warehouse_id, product_id, quantity, updated_at, version, is_deleted)
SELECT warehouse_id, product_id, quantity, updated_at, lsn, op = 'd'
FROM kafka_wms_stock_balances
WHERE op != 't' AND arrived_at > {saved_at:DateTime64(6, 'UTC')} - INTERVAL 1 MINUTE
