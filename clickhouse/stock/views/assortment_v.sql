-- Which products of each category a warehouse has more than nothing of, exact at the moment of the query: a bitmap of product ids.
-- Categories of products that have not changed are those of the count.
CREATE OR REPLACE VIEW assortment_v AS
WITH
    (SELECT (settled_lsn, is_known) FROM last_count_v) AS last_count,
    bitmapBuild(emptyArrayUInt32()) AS none
SELECT
    warehouse_id,
    product_category,
    bitmapOr(
        bitmapAndnot(groupBitmapMergeState(counted), groupBitmapMergeState(moved)),
        groupBitmapMergeState(present)) AS product_ids
FROM
(
    SELECT warehouse_id, product_category, product_ids AS counted, none AS moved, none AS present
    FROM stock_bands
    WHERE kind = 'assortment' AND tupleElement(last_count, 2)
    UNION ALL
    SELECT
        positions.warehouse_id,
        ifNull(products.product_category, ''),
        none,
        groupBitmapStateIf(toUInt32(positions.product_id), has_moved),
        groupBitmapStateIf(toUInt32(positions.product_id), is_present)
    FROM
    (
        SELECT warehouse_id, product_id, 1 AS has_moved, is_there AND quantity > 0 AS is_present
        FROM moved_positions_v
        UNION ALL
        SELECT warehouse_id, product_id, 0, 1
        FROM stock_balances_v
        WHERE NOT tupleElement(last_count, 2) AND quantity > 0
    ) AS positions
    LEFT ANY JOIN products ON positions.product_id = products.product_id
    GROUP BY positions.warehouse_id, products.product_category
)
GROUP BY warehouse_id, product_category;
