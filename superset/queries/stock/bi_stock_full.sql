-- Current balances with the names of all they refer to. A balance whose warehouse, region or product is not in the
-- reference tables stays in: unknown names read '-- не определено --', an unknown region has id 0.
-- `known` tells a reference that is missing from one that is empty: ClickHouse's joins fill with '' and 0, not NULL.
-- ANY: should a reference table ever hold a key twice, stock is still counted once.
WITH
known_regions AS (
    SELECT
        region_id,
        region_name,
        true AS known
    FROM regions
),

known_warehouses AS (
    SELECT
        warehouses.warehouse_id AS warehouse_id,
        warehouses.warehouse_name AS warehouse_name,
        if(known_regions.known, known_regions.region_id, 0) AS region_id,
        if(known_regions.known, known_regions.region_name, '-- не определено --') AS region_name,
        true AS known
    FROM warehouses
    LEFT ANY JOIN known_regions ON warehouses.region_id = known_regions.region_id
),

known_products AS (
    SELECT
        product_id,
        product_name,
        product_category,
        true AS known
    FROM products
)

SELECT
    stock.warehouse_id AS "id склада",
    if(known_warehouses.known, known_warehouses.warehouse_name, '-- не определено --') AS "склад",
    if(known_warehouses.known, known_warehouses.region_id, 0) AS "id региона",
    if(known_warehouses.known, known_warehouses.region_name, '-- не определено --') AS "регион",
    stock.product_id AS "id товара",
    if(known_products.known, known_products.product_name, '-- не определено --') AS "товар",
    if(known_products.known, known_products.product_category, '-- не определено --') AS "матрица",
    stock.quantity AS "остаток, шт."
FROM stock_balances_v AS stock
LEFT ANY JOIN known_warehouses ON stock.warehouse_id = known_warehouses.warehouse_id
LEFT ANY JOIN known_products ON stock.product_id = known_products.product_id
