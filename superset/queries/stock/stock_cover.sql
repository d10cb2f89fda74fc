-- For how long the stock of each position will last, how often it turns over, and how long it has lain. Outflow is what left
-- with updates, counted every five minutes (stock_activity). A week's outflow is divided by the days that the log covers, at least one.
WITH
activity AS (
    SELECT
        warehouse_id,
        product_id,
        toNullable(outflow_7d) / (SELECT days_of_week FROM change_log_v) AS outflow_a_day,
        outflow_28d,
        net_28d,
        last_outflow_at
    FROM stock_activity
)

SELECT
    coalesce(warehouses_v.region_name, '-- не определено --') AS "регион",
    coalesce(warehouses_v.warehouse_name, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    stock.quantity AS "остаток, шт.",
    round(coalesce(activity.outflow_a_day, 0), 2) AS "расход в день, шт.",
    round(stock.quantity / nullIf(activity.outflow_a_day, 0), 1) AS "запас, дней",
    coalesce(activity.outflow_28d, 0) AS "расход за 28 дней, шт.",
    greatest(stock.quantity - coalesce(activity.net_28d, 0) / 2, 0) AS "средний остаток, шт.",
    activity.last_outflow_at AS "последний расход",
    round(
        dateDiff('second', coalesce(activity.last_outflow_at, (SELECT begins_at FROM change_log_v)), now64(6, 'UTC')) / 86400, 1
    ) AS "без расхода, дней"
FROM stock_balances_v AS stock
LEFT ANY JOIN activity ON stock.warehouse_id = activity.warehouse_id AND stock.product_id = activity.product_id
LEFT ANY JOIN warehouses_v ON stock.warehouse_id = warehouses_v.warehouse_id
LEFT ANY JOIN products_v ON stock.product_id = products_v.product_id
WHERE stock.quantity > 0
