-- The same of each product by itself: one row a position.
SELECT
    regions.region_id AS "id региона",
    regions.region_name AS "регион",
    warehouses.warehouse_id AS "id склада",
    warehouses.warehouse_name AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    toUInt64(1) AS "позиций",
    toUInt64(positions.in_stock = 0) AS "отсутствует"
FROM stock_matrix_v AS positions
INNER JOIN warehouses ON positions.warehouse_id = warehouses.warehouse_id
INNER JOIN regions ON warehouses.region_id = regions.region_id
INNER JOIN products_v ON positions.product_id = products_v.product_id
