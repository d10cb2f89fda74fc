-- The frozen state rolled back to a snapshot of the WMS: a key that was changed by a transaction which the snapshot does not
-- see has the value that its first such change replaced. The WMS numbers transactions modulo 2^32, so they are placed by
-- their distance from the snapshot's xmax: not below it, or among those then running, is unseen. tx_id 0 is no transaction
-- of the WMS. A commit's time is taken before it becomes visible; a day between the two is out of reach. What arrived before
-- the newest load is seen: its slot was made later, and that waits for whoever writes. The numbers of then say nothing, if the
-- WMS was restored from a backup since.
WITH
    toInt32(toUInt32(tx_id) - {xmax:UInt32}) AS distance,
    unseen AS
    (
        SELECT
            warehouse_id,
            product_id,
            argMin((op, quantity_before, updated_at_before), (lsn, op != 'd')) AS undone
        FROM kafka_wms_stock_balances
        WHERE committed_at > {taken_at:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
            AND arrived_at >= (SELECT max(loaded_at) FROM stock_balances_loads)
            AND op IN ('c', 'u', 'd')
            AND tx_id != 0
            AND (distance >= 0 OR has({running:Array(Int32)}, distance))
        GROUP BY warehouse_id, product_id
    )
SELECT warehouse_id, product_id, quantity, toUnixTimestamp64Micro(updated_at) AS updated_at
FROM {frozen:Identifier} FINAL
WHERE is_deleted = 0
    AND version > (SELECT max(lsn) FROM stock_balances_truncates)
    AND (warehouse_id, product_id) NOT IN (SELECT warehouse_id, product_id FROM unseen)
UNION ALL
SELECT warehouse_id, product_id, undone.2 AS quantity, toUnixTimestamp64Micro(undone.3) AS updated_at
FROM unseen
WHERE undone.1 != 'c'
