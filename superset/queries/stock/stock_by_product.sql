-- Current balances by region and product: summed up before their names are looked up, which costs half of naming each. What is filtered
-- by warehouse is asked of stock_by_product_detail.sql.
WITH
(SELECT lists FROM whereabouts_v) AS places,

sums AS (
    SELECT
        transform(warehouse_id, places.warehouse_ids, places.region_ids, 0) AS region_id,
        product_id,
        sum(quantity) AS units
    FROM stock_balances_v
    GROUP BY region_id, product_id
)

SELECT
    transform(sums.region_id, places.region_ids, places.regions, '-- не определено --') AS "регион",
    '-- все --' AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    sums.units AS "остаток, шт."
FROM sums
LEFT ANY JOIN products_v ON sums.product_id = products_v.product_id
