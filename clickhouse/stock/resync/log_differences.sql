-- What changed while nobody listened goes into the change log as one change a key, of the moment of the load: reads as of an
-- earlier moment undo it. Nobody knows more about that time. tx_id 0: no transaction of the WMS.
INSERT INTO kafka_wms_stock_balances (
    lsn, warehouse_id, product_id, op, quantity, quantity_before, updated_at, updated_at_before, tx_id, committed_at,
    captured_at, queued_at, arrived_at, kafka_topic)
SELECT
    {version:UInt64},
    if(now_there.version != 0, now_there.warehouse_id, before.warehouse_id) AS warehouse_id,
    if(now_there.version != 0, now_there.product_id, before.product_id) AS product_id,
    multiIf(now_there.version = 0, 'd', before.was_there = 0, 'c', 'u') AS op,
    now_there.quantity,
    before.quantity,
    if(op = 'd', before.updated_at, now_there.updated_at),
    before.updated_at,
    0,
    now64(6, 'UTC'),
    now64(3, 'UTC'),
    now64(3, 'UTC'),
    now64(3, 'UTC'),
    'wms.public.stock_balances'
FROM stock_balances_resync AS now_there
FULL OUTER JOIN (SELECT *, 1 AS was_there FROM stock_balances_v) AS before
    ON now_there.warehouse_id = before.warehouse_id AND now_there.product_id = before.product_id
WHERE now_there.version = 0
    OR before.was_there = 0
    OR now_there.quantity != before.quantity
    OR now_there.updated_at != before.updated_at
