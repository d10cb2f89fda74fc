CREATE MATERIALIZED VIEW stock_balances_log_mv TO kafka_wms_stock_balances AS
SELECT
    lsn,
    warehouse_id,
    product_id,
    op,
    quantity,
    quantity_before,
    updated_at,
    updated_at_before,
    tx_id,
    committed_at,
    captured_at,
    queued_at,
    arrived_at,
    kafka_topic,
    kafka_partition,
    kafka_offset
FROM stock_balances_inbox
WHERE kind IN ('change', 'last read', 'truncate');
