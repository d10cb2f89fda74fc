-- Current balances with the names of all they refer to. A balance whose warehouse, region or product is not in the
-- reference tables stays in: unknown names read '-- не определено --', an unknown region has id 0.
-- ANY: should a reference table ever hold a key twice, stock is still counted once.
WITH (SELECT lists FROM whereabouts_v) AS places
SELECT
    stock.warehouse_id AS "id склада",
    transform(stock.warehouse_id, places.warehouse_ids, places.warehouses, '-- не определено --') AS "склад",
    transform(stock.warehouse_id, places.warehouse_ids, places.region_ids, 0) AS "id региона",
    transform(stock.warehouse_id, places.warehouse_ids, places.regions, '-- не определено --') AS "регион",
    stock.product_id AS "id товара",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    stock.quantity AS "остаток, шт."
FROM stock_balances_v AS stock
LEFT ANY JOIN products_v ON stock.product_id = products_v.product_id
