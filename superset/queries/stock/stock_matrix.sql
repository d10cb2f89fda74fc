-- The full assortment matrix, each product in each warehouse of a known region: how many positions a matrix has there, and how many of
-- them are missing. What is filtered by product is asked of stock_matrix_detail.sql.
WITH matrices AS (
    SELECT
        coalesce(product_category, '-- не определено --') AS matrix,
        groupBitmapState(toUInt32(product_id)) AS ids
    FROM products_v
    GROUP BY matrix
)

SELECT
    regions.region_id AS "id региона",
    regions.region_name AS "регион",
    warehouses.warehouse_id AS "id склада",
    warehouses.warehouse_name AS "склад",
    matrices.matrix AS "матрица",
    '-- все --' AS "товар",
    bitmapCardinality(matrices.ids) AS "позиций",
    bitmapAndnotCardinality(matrices.ids, shelves.product_ids) AS "отсутствует"
FROM warehouses
INNER JOIN regions ON warehouses.region_id = regions.region_id
CROSS JOIN matrices
LEFT ANY JOIN shelves_v AS shelves ON warehouses.warehouse_id = shelves.warehouse_id
