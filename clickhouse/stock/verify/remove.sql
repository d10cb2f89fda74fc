-- Deletes rows that the WMS does not have, through the change log like any delete, at the very version that is wrong: of two
-- rows with one version the later insert holds, and whatever the WMS does to the key from now on has a larger one.
INSERT INTO stock_balances_inbox (
    kind, op, warehouse_id, product_id, quantity_before, updated_at, updated_at_before, lsn, committed_at, captured_at,
    queued_at, arrived_at, kafka_topic)
SELECT
    'change',
    'd',
    warehouse_id,
    product_id,
    quantity,
    updated_at,
    updated_at,
    version,
    now64(6, 'UTC'),
    now64(3, 'UTC'),
    now64(3, 'UTC'),
    now64(3, 'UTC'),
    'wms.public.stock_balances'
FROM stock_balances FINAL
WHERE is_deleted = 0
    AND (warehouse_id, product_id) IN (SELECT arrayJoin(arrayZip({warehouse_id:Array(Int32)}, {product_id:Array(Int32)})))
