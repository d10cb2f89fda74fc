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
FROM stock_matrix_v AS positions
INNER JOIN warehouses ON positions.warehouse_id = warehouses.warehouse_id
INNER JOIN regions ON warehouses.region_id = regions.region_id
INNER JOIN products_v ON positions.product_id = products_v.product_id
LEFT ANY JOIN ran_out ON positions.warehouse_id = ran_out.warehouse_id AND positions.product_id = ran_out.product_id
WHERE positions.in_stock = 0
