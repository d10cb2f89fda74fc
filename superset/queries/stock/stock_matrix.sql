-- The full assortment matrix: each product in each warehouse of a known region, and whether any of it is there (1 or 0).
SELECT
    regions.region_id AS "id региона",
    regions.region_name AS "регион",
    warehouses.warehouse_id AS "id склада",
    warehouses.warehouse_name AS "склад",
    products_v.product_id AS "id товара",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    positions.in_stock AS "в наличии"
FROM stock_matrix_v AS positions
INNER JOIN warehouses ON positions.warehouse_id = warehouses.warehouse_id
INNER JOIN regions ON warehouses.region_id = regions.region_id
INNER JOIN products_v ON positions.product_id = products_v.product_id
