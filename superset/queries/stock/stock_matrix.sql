-- The full assortment matrix: each product in each warehouse of a known region, and whether any of it is there (1 or 0).
SELECT
    regions.region_id AS "id региона",
    regions.region_name AS "регион",
    warehouses.warehouse_id AS "id склада",
    warehouses.warehouse_name AS "склад",
    products_v.product_id AS "id товара",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    bitmapContains(shelves.product_ids, toUInt32(products_v.product_id)) AS "в наличии"
FROM warehouses
INNER JOIN regions ON warehouses.region_id = regions.region_id
LEFT JOIN stock_shelves_v AS shelves ON warehouses.warehouse_id = shelves.warehouse_id
CROSS JOIN products_v
