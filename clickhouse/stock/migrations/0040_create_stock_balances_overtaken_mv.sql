-- A snapshot's rows carry the position at which its slot was made. A transaction that was open then may have written before
-- that position and commit after it: the snapshot does not see its changes, and they arrive with smaller versions than
-- the rows that they replace. Such changes, known by standing behind the snapshot in the topic and before it in the
-- WMS's log, are written again with the smallest version above the snapshot's: positions are multiples of 8, so
-- nothing else has it, and whatever the WMS does to the key from then on has a larger one.
CREATE MATERIALIZED VIEW stock_balances_overtaken_mv
REFRESH EVERY 5 SECOND APPEND TO stock_balances AS
WITH
    (
        SELECT argMax((lsn + 1, kafka_offset, committed_at), lsn) FROM stock_balances_truncates WHERE is_snapshot
    ) AS snapshot,
    overtaken AS
    (
        SELECT
            warehouse_id,
            product_id,
            argMax((quantity, updated_at, op), (lsn, op != 'd')) AS newest
        FROM kafka_wms_stock_balances
        WHERE lsn < snapshot.1
            AND kafka_offset > snapshot.2
            AND committed_at > snapshot.3 - INTERVAL 1 DAY
            AND op IN ('c', 'u', 'd')
        GROUP BY warehouse_id, product_id
    )
SELECT
    warehouse_id,
    product_id,
    newest.1 AS quantity,
    newest.2 AS updated_at,
    snapshot.1 + 1 AS version,
    newest.3 = 'd' AS is_deleted
FROM overtaken
WHERE (warehouse_id, product_id) NOT IN
(
    SELECT warehouse_id, product_id
    FROM stock_balances
    WHERE (warehouse_id, product_id) IN (SELECT warehouse_id, product_id FROM overtaken) AND version > snapshot.1
);
