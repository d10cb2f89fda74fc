-- The level of stock over the last seven days, as steps: rows are changes of the level, and their running total is the level, exact
-- at whole hours and at the end. The first steps make the level a week ago, or where the log begins: today's sums less all that has
-- changed. What the beginning cuts off an hour is in the first steps. What is filtered by product is asked of
-- stock_levels_detail.sql.
WITH
steps AS (
    SELECT
        (SELECT week_begins_at FROM change_log_v) AS moment,
        warehouse_id,
        product_category,
        units
    FROM stock_bands_v
    UNION ALL
    SELECT
        tupleElement(step, 1) AS moment,
        warehouse_id,
        product_category,
        tupleElement(step, 2) AS units
    FROM (
        SELECT
            warehouse_id,
            product_category,
            inflow - outflow AS net,
            arrayJoin([tuple((SELECT week_begins_at FROM change_log_v), -net), tuple(moment, net)]) AS step
        FROM stock_hours_v
        WHERE moment > (SELECT week_begins_at FROM change_log_v)
    ) AS changes
)

SELECT
    steps.moment AS "время",
    coalesce(warehouses_v.region_name, '-- не определено --') AS "регион",
    coalesce(warehouses_v.warehouse_name, '-- не определено --') AS "склад",
    coalesce(nullIf(steps.product_category, ''), '-- не определено --') AS "матрица",
    '-- все --' AS "товар",
    steps.units AS "изменение, шт."
FROM steps
LEFT ANY JOIN warehouses_v ON steps.warehouse_id = warehouses_v.warehouse_id
