-- Positions that changed since the last count: what they were then and what they are, by the end of the log. Empty while that can't
-- tell (last_count_v). Of positions that it saw with a change behind settled_lsn the count says with which: only later ones are since.
-- One that it doesn't have was deleted, or not there yet.
CREATE OR REPLACE VIEW moved_positions_v AS
WITH (SELECT (settled_lsn, is_known) FROM last_count_v) AS last_count
SELECT
    moved.warehouse_id AS warehouse_id,
    moved.product_id AS product_id,
    bitmapContains(counted.product_ids, toUInt32(moved.product_id)) AS was_there,
    moved.quantity_before AS quantity_before,
    tupleElement(moved.newest, 1) AS is_there,
    tupleElement(moved.newest, 2) AS quantity
FROM
(
    SELECT
        log.warehouse_id AS warehouse_id,
        log.product_id AS product_id,
        argMin(log.quantity_before, (log.lsn, log.op != 'd')) AS quantity_before,
        argMax((log.op != 'd', log.quantity), (log.lsn, log.op != 'd')) AS newest
    FROM kafka_wms_stock_balances AS log
    LEFT ANY JOIN
    (
        SELECT warehouse_id, tupleElement(position, 1) AS product_id, tupleElement(position, 2) AS version
        FROM stock_bands
        ARRAY JOIN recent AS position
        WHERE kind = 'warehouse'
    ) AS seen ON log.warehouse_id = seen.warehouse_id AND log.product_id = seen.product_id
    WHERE tupleElement(last_count, 2)
        AND log.lsn >= tupleElement(last_count, 1)
        AND log.op IN ('c', 'u', 'd')
        AND log.lsn > ifNull(seen.version, 0)
    GROUP BY warehouse_id, product_id
) AS moved
LEFT ANY JOIN (SELECT warehouse_id, product_ids FROM stock_bands WHERE kind = 'warehouse') AS counted
    ON moved.warehouse_id = counted.warehouse_id;
