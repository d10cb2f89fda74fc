-- What was counted (stock_bands) and the changes since: exact at the moment of the query. Whatever came after the count lies at
-- settled_lsn or behind it, and of the positions that were counted with such a change, the count says with which. It may have
-- deletions: a position that it doesn't have was deleted, or not there yet. Where that can't tell (nothing was counted yet; a
-- snapshot, a TRUNCATE or a load came lately), all balances are read. Categories of products are those of the count.
-- Both kinds of rows tell of all balances: ask for one of them, by stock_bands_v or shelves_v.
CREATE OR REPLACE VIEW counted_stock_v AS
WITH
    (SELECT max(settled_lsn) FROM stock_bands) AS settled,
    (
        SELECT settled > 0
            AND (SELECT max(lsn) FROM stock_balances_truncates) = (SELECT max(truncated_lsn) FROM stock_bands)
            -- From its row in the list to its end a load takes seconds.
            AND (SELECT max(loaded_at) FROM stock_balances_loads)
                < (SELECT max(counted_at) FROM stock_bands) - INTERVAL 10 MINUTE
            AND (SELECT count() FROM kafka_wms_stock_balances WHERE lsn >= settled AND op IN ('r', 't')) = 0
    ) AS is_known,
    recent AS
    (
        SELECT warehouse_id, position.product_id AS product_id, position.version AS version
        FROM stock_bands
        ARRAY JOIN recent AS position
        WHERE is_known AND kind = 'shelf'
    ),
    changed AS
    (
        SELECT
            log.warehouse_id AS warehouse_id,
            log.product_id AS product_id,
            argMin(log.quantity_before, (log.lsn, log.op != 'd')) AS quantity_before,
            argMax((log.op, log.quantity), (log.lsn, log.op != 'd')) AS newest
        FROM kafka_wms_stock_balances AS log
        LEFT ANY JOIN recent ON log.warehouse_id = recent.warehouse_id AND log.product_id = recent.product_id
        WHERE is_known AND log.lsn >= settled AND log.op IN ('c', 'u', 'd') AND log.lsn > ifNull(recent.version, 0)
        GROUP BY warehouse_id, product_id
    ),
    moved AS
    (
        SELECT warehouse_id, groupBitmapState(toUInt32(product_id)) AS product_ids
        FROM changed
        GROUP BY warehouse_id
    ),
    shelved AS
    (
        SELECT warehouse_id, groupBitmapMergeState(product_ids) AS product_ids
        FROM stock_bands
        WHERE kind = 'shelf' AND warehouse_id IN (SELECT warehouse_id FROM changed)
        GROUP BY warehouse_id
    )
-- As it was counted: the moved positions are taken out of the bitmaps here, out of the sums below.
SELECT
    totals.kind AS kind,
    totals.warehouse_id AS warehouse_id,
    totals.product_category AS product_category,
    totals.band_from AS band_from,
    totals.units AS units,
    totals.positions AS positions,
    bitmapAndnot(totals.product_ids, moved.product_ids) AS product_ids
FROM (SELECT * FROM stock_bands WHERE is_known) AS totals
LEFT ANY JOIN moved ON totals.warehouse_id = moved.warehouse_id
UNION ALL
-- Each moved position: what it was when it was counted, if it was, and what it is.
SELECT
    arrayJoin(['band', 'shelf']) AS kind,
    others.warehouse_id AS warehouse_id,
    if(kind = 'band', ifNull(products_v.product_category, ''), '') AS product_category,
    toInt16(if(kind = 'band', roundDown(others.quantity, [-1, 0, 1, 10, 50, 100, 250, 500, 1000]), others.quantity != 0)) AS band_from,
    sum(others.quantity * others.times) AS units,
    sum(others.times) AS positions,
    groupBitmapStateIf(toUInt32(others.product_id), others.times > 0) AS product_ids
FROM
(
    SELECT
        changed.warehouse_id AS warehouse_id,
        changed.product_id AS product_id,
        arrayJoin([
            (changed.quantity_before, -toInt8(bitmapContains(shelved.product_ids, toUInt32(changed.product_id)))),
            (changed.newest.2, toInt8(changed.newest.1 != 'd'))
        ]) AS step,
        step.1 AS quantity,
        step.2 AS times
    FROM changed
    LEFT ANY JOIN shelved ON changed.warehouse_id = shelved.warehouse_id
    UNION ALL
    SELECT warehouse_id, product_id, (quantity, 1) AS step, quantity, 1 AS times
    FROM stock_balances_v
    WHERE NOT is_known
) AS others
LEFT ANY JOIN products_v ON others.product_id = products_v.product_id
GROUP BY kind, warehouse_id, product_category, band_from;
