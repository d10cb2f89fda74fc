-- The same of each product by itself, and to the moment: +1 when a position ran out, -1 when it came back.
WITH
steps AS (
    SELECT
        (SELECT week_begins_at FROM change_log_v) AS moment,
        warehouse_id,
        product_id,
        1 AS missing
    FROM stock_matrix_v
    WHERE in_stock = 0
    UNION ALL
    SELECT
        tupleElement(step, 1) AS moment,
        warehouse_id,
        product_id,
        tupleElement(step, 2) AS missing
    FROM (
        SELECT
            warehouse_id,
            product_id,
            if(quantity > 0, -1, 1) AS change,
            arrayJoin([tuple((SELECT week_begins_at FROM change_log_v), -change), tuple(committed_at, change)]) AS step
        FROM stock_changes_v
        WHERE committed_at > (SELECT week_begins_at FROM change_log_v) AND (quantity > 0) != (quantity_before > 0)
    ) AS changes
)

SELECT
    steps.moment AS "время",
    regions.region_name AS "регион",
    warehouses.warehouse_name AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    toInt64(steps.missing) AS "изменение, позиций"
FROM steps
INNER JOIN warehouses ON steps.warehouse_id = warehouses.warehouse_id
INNER JOIN regions ON warehouses.region_id = regions.region_id
INNER JOIN products_v ON steps.product_id = products_v.product_id
