-- Current balances with the names of all they refer to. A balance whose warehouse, region or product is not in the
-- reference tables stays in: unknown names read '-- не определено --', an unknown region has id 0.
-- ANY: should a reference table ever hold a key twice, stock is still counted once.
SELECT
    stock.warehouse_id AS "id склада",
    coalesce(warehouses_v.warehouse_name, '-- не определено --') AS "склад",
    coalesce(warehouses_v.region_id, 0) AS "id региона",
    coalesce(warehouses_v.region_name, '-- не определено --') AS "регион",
    stock.product_id AS "id товара",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    stock.quantity AS "остаток, шт."
FROM stock_balances_v AS stock
LEFT ANY JOIN warehouses_v ON stock.warehouse_id = warehouses_v.warehouse_id
LEFT ANY JOIN products_v ON stock.product_id = products_v.product_id
