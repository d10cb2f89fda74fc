-- Current balances by warehouse, product category and band of quantities: what was counted, and the changes since; exact at the moment
-- of the query. A band may be in several rows, some of which take away: sum them. Categories of products that have not changed are
-- those of the count.
CREATE OR REPLACE VIEW stock_bands_v AS
WITH (SELECT (settled_lsn, is_known) FROM last_count_v) AS last_count
SELECT warehouse_id, product_category, band_from, units, positions
FROM stock_bands
WHERE kind = 'band' AND tupleElement(last_count, 2)
UNION ALL
SELECT
    steps.warehouse_id AS warehouse_id,
    ifNull(products.product_category, '') AS product_category,
    toInt16(roundDown(tupleElement(step, 1), [-1, 0, 1, 10, 50, 100, 250, 500, 1000])) AS band_from,
    toInt64(tupleElement(step, 1)) * tupleElement(step, 2) AS units,
    toInt64(tupleElement(step, 2)) AS positions
FROM
(
    SELECT
        warehouse_id,
        product_id,
        arrayJoin([(quantity_before, -toInt8(was_there)), (quantity, toInt8(is_there))]) AS step
    FROM moved_positions_v
    UNION ALL
    SELECT warehouse_id, product_id, (quantity, toInt8(1)) AS step
    FROM stock_balances_v
    WHERE NOT tupleElement(last_count, 2)
) AS steps
LEFT ANY JOIN products ON steps.product_id = products.product_id;
