-- Reads the whole table from the WMS. A row that changes meanwhile may come with the old values or with the new: its change
-- is in the stream, which begins before this reading, and has a larger version.
INSERT INTO stock_balances_resync (warehouse_id, product_id, quantity, updated_at, version, is_deleted)
SELECT warehouse_id, product_id, quantity, toTimeZone(updated_at, 'UTC'), {version:UInt64}, 0
FROM postgresql(wms_postgres, table = 'stock_balances')
