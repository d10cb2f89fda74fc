CREATE MATERIALIZED VIEW stock_balances_log_mv TO kafka_wms_stock_balances AS
SELECT
    lsn,
    op,
    tx_id,
    committed_at,
    captured_at,
    queued_at,
    now64(3, 'UTC') AS arrived_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    ifNull(if(op = 'd', before.warehouse_id, after.warehouse_id), 0) AS warehouse_id,
    ifNull(if(op = 'd', before.product_id, after.product_id), 0) AS product_id,
    ifNull(after.quantity, 0) AS quantity,
    ifNull(before.quantity, 0) AS quantity_before,
    parseDateTime64BestEffortOrZero(ifNull(if(op = 'd', before.updated_at, after.updated_at), ''), 6, 'UTC') AS updated_at,
    parseDateTime64BestEffortOrZero(ifNull(before.updated_at, ''), 6, 'UTC') AS updated_at_before
FROM stock_balances_inbox
WHERE reason = '' AND kafka_topic = 'wms.public.stock_balances';
