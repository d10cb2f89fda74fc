-- As 0040 made it, it wrote a key once: a transaction of which it saw a half, cut between two batches of messages, left
-- the key at the half.
DROP VIEW stock_balances_overtaken_mv;

-- A snapshot's rows carry the position at which its slot was made. A transaction that was open then may have written before
-- that position and commit after it: the snapshot does not see its changes, and they arrive with smaller versions than
-- the rows that they replace. Such changes, known by standing behind the snapshot in the topic and before it in the
-- WMS's log, are written again with the smallest version above the snapshot's: positions are multiples of 8, so
-- nothing else has it, and whatever the WMS does to the key from then on has a larger one. Of equal versions the last
-- one written wins: a key is written until it says what the newest change says.
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
    ),
    -- By the key's newest version: what this view wrote, or what the WMS did since.
    written AS
    (
        SELECT warehouse_id, product_id, max(version) AS newest_version
        FROM stock_balances
        WHERE (warehouse_id, product_id) IN (SELECT warehouse_id, product_id FROM overtaken) AND version > snapshot.1
        GROUP BY warehouse_id, product_id
    ),
    -- Without what is deleted.
    shown AS
    (
        SELECT warehouse_id, product_id, quantity, updated_at
        FROM stock_balances FINAL
        WHERE (warehouse_id, product_id) IN (SELECT warehouse_id, product_id FROM written)
    )
SELECT
    warehouse_id,
    product_id,
    newest.1 AS quantity,
    newest.2 AS updated_at,
    snapshot.1 + 1 AS version,
    newest.3 = 'd' AS is_deleted
FROM overtaken
WHERE (warehouse_id, product_id) NOT IN (SELECT warehouse_id, product_id FROM written)
    OR (
        (warehouse_id, product_id) IN (SELECT warehouse_id, product_id FROM written WHERE newest_version = snapshot.1 + 1)
        AND if(
            is_deleted,
            (warehouse_id, product_id) IN (SELECT warehouse_id, product_id FROM shown),
            (warehouse_id, product_id, quantity, updated_at)
                NOT IN (SELECT warehouse_id, product_id, quantity, updated_at FROM shown)
        )
    );
