-- The same of each warehouse by itself: one row a balance.
WITH (SELECT lists FROM whereabouts_v) AS places
SELECT
    transform(stock.warehouse_id, places.warehouse_ids, places.regions, '-- не определено --') AS "регион",
    transform(stock.warehouse_id, places.warehouse_ids, places.warehouses, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    toInt64(stock.quantity) AS "остаток, шт."
FROM stock_balances_v AS stock
LEFT ANY JOIN products_v ON stock.product_id = products_v.product_id
