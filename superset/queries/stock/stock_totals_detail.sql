-- The same of each product by itself: one row a balance.
WITH (SELECT lists FROM whereabouts_v) AS places
SELECT
    stock.warehouse_id AS "id склада",
    transform(stock.warehouse_id, places.warehouse_ids, places.warehouses, '-- не определено --') AS "склад",
    transform(stock.warehouse_id, places.warehouse_ids, places.region_ids, 0) AS "id региона",
    transform(stock.warehouse_id, places.warehouse_ids, places.regions, '-- не определено --') AS "регион",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    toInt16(roundDown(stock.quantity, [-1, 0, 1, 10, 50, 100, 250, 500, 1000])) AS "остаток от, шт.",
    toInt64(stock.quantity) AS "остаток, шт.",
    toInt64(1) AS "позиций"
FROM stock_balances_v AS stock
LEFT ANY JOIN products_v ON stock.product_id = products_v.product_id
