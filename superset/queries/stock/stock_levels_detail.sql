-- The same of each product by itself, and to the moment: each change of the log. The first steps of a position make its level a week
-- ago, or where the log begins: today's balance less all that has changed.
WITH
steps AS (
    SELECT
        (SELECT week_begins_at FROM change_log_v) AS moment,
        warehouse_id,
        product_id,
        quantity AS units
    FROM stock_balances_v
    UNION ALL
    SELECT
        tupleElement(step, 1) AS moment,
        warehouse_id,
        product_id,
        tupleElement(step, 2) AS units
    FROM (
        SELECT
            warehouse_id,
            product_id,
            arrayJoin([tuple((SELECT week_begins_at FROM change_log_v), -delta), tuple(committed_at, delta)]) AS step
        FROM stock_changes_v
        WHERE committed_at > (SELECT week_begins_at FROM change_log_v) AND delta != 0
    ) AS changes
)

SELECT
    steps.moment AS "время",
    coalesce(warehouses_v.region_name, '-- не определено --') AS "регион",
    coalesce(warehouses_v.warehouse_name, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    steps.units AS "изменение, шт."
FROM steps
LEFT ANY JOIN warehouses_v ON steps.warehouse_id = warehouses_v.warehouse_id
LEFT ANY JOIN products_v ON steps.product_id = products_v.product_id
