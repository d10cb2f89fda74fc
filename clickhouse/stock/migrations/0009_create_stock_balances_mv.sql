CREATE MATERIALIZED VIEW stock_balances_mv TO stock_balances AS
SELECT
    warehouse_id,
    product_id,
    quantity,
    updated_at,
    lsn AS version,
    op = 'd' AS is_deleted
FROM kafka_wms_stock_balances
WHERE op != 't';
