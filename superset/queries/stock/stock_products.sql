-- Which products are there: the products of a matrix that a warehouse has more than nothing of, as one set. What is filtered by product
-- is asked of stock_products_detail.sql.
SELECT
    assortment.warehouse_id AS "id склада",
    coalesce(warehouses_v.warehouse_name, '-- не определено --') AS "склад",
    coalesce(warehouses_v.region_id, 0) AS "id региона",
    coalesce(warehouses_v.region_name, '-- не определено --') AS "регион",
    coalesce(nullIf(assortment.product_category, ''), '-- не определено --') AS "матрица",
    '-- все --' AS "товар",
    assortment.product_ids AS "#товары"
FROM assortment_v AS assortment
LEFT ANY JOIN warehouses_v ON assortment.warehouse_id = warehouses_v.warehouse_id
