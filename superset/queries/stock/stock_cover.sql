-- For how long the stock of each position will last, how often it turns over, and how long it has lain, as of the last count: every
-- five minutes (stock_activity). Outflow is what left with updates. A week's outflow is divided by the days that the log
-- covers, at least one. Before the first count, each balance is there without any outflow.
WITH
(SELECT lists FROM whereabouts_v) AS places,

counted AS (
    SELECT
        warehouse_id,
        product_id,
        quantity,
        toNullable(outflow_7d) / (SELECT days_of_week FROM change_log_v) AS outflow_a_day,
        outflow_28d,
        net_28d,
        last_outflow_at
    FROM stock_activity
    WHERE quantity > 0
    UNION ALL
    SELECT
        warehouse_id,
        product_id,
        quantity,
        NULL AS outflow_a_day,
        0 AS outflow_28d,
        0 AS net_28d,
        NULL AS last_outflow_at
    FROM stock_balances_v
    WHERE quantity > 0 AND (SELECT count() FROM stock_activity) = 0
)

SELECT
    transform(stock.warehouse_id, places.warehouse_ids, places.regions, '-- не определено --') AS "регион",
    transform(stock.warehouse_id, places.warehouse_ids, places.warehouses, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    stock.quantity AS "остаток, шт.",
    round(coalesce(stock.outflow_a_day, 0), 2) AS "расход в день, шт.",
    round(stock.quantity / nullIf(stock.outflow_a_day, 0), 1) AS "запас, дней",
    stock.outflow_28d AS "расход за 28 дней, шт.",
    greatest(stock.quantity - stock.net_28d / 2, 0) AS "средний остаток, шт.",
    stock.last_outflow_at AS "последний расход",
    round(
        dateDiff('second', coalesce(stock.last_outflow_at, (SELECT begins_at FROM change_log_v)), now64(6, 'UTC')) / 86400, 1
    ) AS "без расхода, дней"
FROM counted AS stock
LEFT ANY JOIN products_v ON stock.product_id = products_v.product_id
