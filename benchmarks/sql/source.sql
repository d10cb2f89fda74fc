-- The state as the WMS has it, read by ClickHouse.
SELECT warehouse_id, product_id, quantity, updated_at
FROM postgresql(wms_postgres, table = 'stock_balances')
