-- How many positions of the full matrix were missing over the last seven days, as steps: rows are changes of that number, and their
-- running total is the number, exact at whole hours and at the end. The first steps make the number a week ago, or where the log
-- begins: what is missing now less what has changed. What the beginning cuts off an hour is in the first steps. What is filtered by
-- product is asked of stock_missing_history_detail.sql.
WITH
matrices AS (
    SELECT
        product_category,
        groupBitmapState(toUInt32(product_id)) AS ids
    FROM products
    GROUP BY product_category
),

steps AS (
    SELECT
        (SELECT week_begins_at FROM change_log_v) AS moment,
        warehouses.warehouse_id AS warehouse_id,
        matrices.product_category AS product_category,
        toInt64(bitmapAndnotCardinality(matrices.ids, shelves.product_ids)) AS missing
    FROM warehouses
    CROSS JOIN matrices
    LEFT ANY JOIN shelves_v AS shelves ON warehouses.warehouse_id = shelves.warehouse_id
    UNION ALL
    SELECT
        tupleElement(step, 1) AS moment,
        warehouse_id,
        product_category,
        tupleElement(step, 2) AS missing
    FROM (
        SELECT
            warehouse_id,
            product_category,
            ran_out - came_back AS change,
            arrayJoin([tuple((SELECT week_begins_at FROM change_log_v), -change), tuple(moment, change)]) AS step
        FROM stock_hours_v
        WHERE moment > (SELECT week_begins_at FROM change_log_v) AND is_known_product = 1 AND ran_out != came_back
    ) AS changes
)

SELECT
    steps.moment AS "время",
    regions.region_name AS "регион",
    warehouses.warehouse_name AS "склад",
    coalesce(nullIf(steps.product_category, ''), '-- не определено --') AS "матрица",
    '-- все --' AS "товар",
    steps.missing AS "изменение, позиций"
FROM steps
INNER JOIN warehouses ON steps.warehouse_id = warehouses.warehouse_id
INNER JOIN regions ON warehouses.region_id = regions.region_id
