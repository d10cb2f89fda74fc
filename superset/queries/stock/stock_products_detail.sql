-- The same of each product by itself: one row a balance of more than nothing.
WITH (SELECT lists FROM whereabouts_v) AS places
SELECT
    stock.warehouse_id AS "id склада",
    transform(stock.warehouse_id, places.warehouse_ids, places.warehouses, '-- не определено --') AS "склад",
    transform(stock.warehouse_id, places.warehouse_ids, places.region_ids, 0) AS "id региона",
    transform(stock.warehouse_id, places.warehouse_ids, places.regions, '-- не определено --') AS "регион",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    bitmapBuild([toUInt32(stock.product_id)]) AS "#товары"
FROM stock_balances_v AS stock
LEFT ANY JOIN products_v ON stock.product_id = products_v.product_id
WHERE stock.quantity > 0
