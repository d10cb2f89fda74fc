-- Current balances by warehouse, category and band of quantities, exact at the moment of the query: what was counted
-- (stock_bands), and the changes since. Changes come in the order of their positions, so all up to the newest that was counted
-- are in the count; of later ones it may have deletions: a position that it doesn't have was deleted, or not there yet.
-- Where that can't tell (nothing was counted yet; a snapshot, a TRUNCATE or a load came after), all balances are read.
-- Categories of products are those of the count.
CREATE OR REPLACE VIEW stock_bands_v AS
WITH
    (SELECT max(newest_version) FROM stock_bands) AS counted_to,
    (
        SELECT counted_to > 0
            AND (SELECT max(lsn) FROM stock_balances_truncates) = (SELECT max(truncated_lsn) FROM stock_bands)
            -- From its row in the list to its end a load takes seconds.
            AND (SELECT max(loaded_at) FROM stock_balances_loads)
                < (SELECT max(counted_at) FROM stock_bands) - INTERVAL 10 MINUTE
            AND (SELECT count() FROM kafka_wms_stock_balances WHERE lsn > counted_to AND op IN ('r', 't')) = 0
    ) AS is_known,
    changed AS
    (
        SELECT
            warehouse_id,
            product_id,
            argMin(quantity_before, (lsn, op != 'd')) AS quantity_before,
            argMax((op, quantity), (lsn, op != 'd')) AS newest
        FROM kafka_wms_stock_balances
        WHERE is_known AND lsn > counted_to AND op IN ('c', 'u', 'd')
        GROUP BY warehouse_id, product_id
    ),
    moved AS
    (
        SELECT warehouse_id, groupBitmapState(toUInt32(product_id)) AS product_ids
        FROM changed
        GROUP BY warehouse_id
    ),
    counted AS
    (
        SELECT warehouse_id, groupBitmapMergeState(product_ids) AS product_ids
        FROM stock_bands
        WHERE warehouse_id IN (SELECT warehouse_id FROM changed)
        GROUP BY warehouse_id
    )
SELECT
    totals.warehouse_id AS warehouse_id,
    totals.product_category AS product_category,
    totals.band_from AS band_from,
    totals.units AS units,
    bitmapAndnot(totals.product_ids, moved.product_ids) AS product_ids
FROM (SELECT * FROM stock_bands WHERE is_known) AS totals
LEFT ANY JOIN moved ON totals.warehouse_id = moved.warehouse_id
UNION ALL
SELECT
    others.warehouse_id AS warehouse_id,
    ifNull(products_v.product_category, '') AS product_category,
    toInt16(roundDown(step.1, [-1, 0, 1, 10, 50, 100, 250, 500, 1000])) AS band_from,
    sum(step.1 * step.2) AS units,
    groupBitmapStateIf(toUInt32(others.product_id), step.3) AS product_ids
FROM
(
    -- Out of the band where it was counted, and into the one where it is: (quantity, sign, whether the position is there).
    SELECT
        changed.warehouse_id AS warehouse_id,
        changed.product_id AS product_id,
        arrayJoin([
            (quantity_before, -toInt8(bitmapContains(counted.product_ids, toUInt32(product_id))), 0),
            (newest.2, 1, newest.1 != 'd')
        ]) AS step
    FROM changed
    LEFT ANY JOIN counted ON changed.warehouse_id = counted.warehouse_id
    UNION ALL
    SELECT warehouse_id, product_id, (quantity, 1, 1) AS step
    FROM stock_balances_v
    WHERE NOT is_known
) AS others
LEFT ANY JOIN products_v ON others.product_id = products_v.product_id
GROUP BY warehouse_id, product_category, band_from;
