-- Missing positions of the full matrix with since when. Where the change log does not know it, the position has been missing
-- at least since the log tells all (change_log_v).
WITH
ran_out AS (
    SELECT
        warehouse_id,
        product_id,
        toNullable(ran_out_at) AS moment
    FROM stock_ran_out_v
)

SELECT
    regions.region_name AS "регион",
    warehouses.warehouse_name AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    coalesce(ran_out.moment, (SELECT begins_at FROM change_log_v)) AS "отсутствует с",
    if(ran_out.moment IS NULL, 'или раньше', '') AS "уточнение",
    round(dateDiff('second', "отсутствует с", now64(6, 'UTC')) / 3600, 1) AS "отсутствует, ч"
FROM warehouses
INNER JOIN regions ON warehouses.region_id = regions.region_id
LEFT JOIN stock_shelves_v AS shelves ON warehouses.warehouse_id = shelves.warehouse_id
CROSS JOIN products_v
LEFT ANY JOIN ran_out ON warehouses.warehouse_id = ran_out.warehouse_id AND products_v.product_id = ran_out.product_id
WHERE NOT bitmapContains(shelves.product_ids, toUInt32(products_v.product_id))
