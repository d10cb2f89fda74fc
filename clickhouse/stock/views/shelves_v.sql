-- What is on the shelves of each warehouse, exact at the moment of the query: a bitmap of product ids. Warehouses with nothing on
-- their shelves may be absent.
CREATE OR REPLACE VIEW shelves_v AS
WITH
    (SELECT (settled_lsn, is_known) FROM last_count_v) AS last_count,
    bitmapBuild(emptyArrayUInt32()) AS none
SELECT
    warehouse_id,
    bitmapOr(
        bitmapAndnot(groupBitmapMergeState(counted), groupBitmapMergeState(moved)),
        groupBitmapMergeState(present)) AS product_ids
FROM
(
    SELECT warehouse_id, product_ids AS counted, none AS moved, none AS present
    FROM stock_bands
    WHERE kind = 'shelf' AND tupleElement(last_count, 2)
    UNION ALL
    SELECT
        warehouse_id,
        none,
        groupBitmapState(toUInt32(product_id)),
        groupBitmapStateIf(toUInt32(product_id), is_there AND quantity != 0)
    FROM moved_positions_v
    GROUP BY warehouse_id
    UNION ALL
    SELECT warehouse_id, none, none, groupBitmapState(toUInt32(product_id))
    FROM stock_balances_v
    WHERE NOT tupleElement(last_count, 2) AND quantity != 0
    GROUP BY warehouse_id
)
GROUP BY warehouse_id;
