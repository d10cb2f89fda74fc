-- The full assortment matrix: each product in each warehouse, and whether any of it is there. What is on each warehouse's shelves
-- is one bitmap of product ids (shelves_v): a join of matrix and balances would need memory for each balance, and a cross
-- join with the products would copy a bitmap for each position. Negative ids survive the way through unsigned ones.
CREATE OR REPLACE VIEW stock_matrix_v AS
WITH (SELECT groupBitmapState(toUInt32(product_id)) FROM products) AS all_ids
SELECT
    warehouse_id,
    toInt32(id) AS product_id,
    in_stock
FROM
(
    SELECT
        warehouses.warehouse_id AS warehouse_id,
        arrayJoin([(bitmapAndnot(all_ids, shelves.product_ids), 0), (bitmapAnd(all_ids, shelves.product_ids), 1)]) AS half,
        bitmapToArray(half.1) AS ids,
        half.2 AS in_stock
    FROM warehouses
    LEFT JOIN shelves_v AS shelves ON warehouses.warehouse_id = shelves.warehouse_id
)
ARRAY JOIN ids AS id;
