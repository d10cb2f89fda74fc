-- For how long the stock of each position will last, how often it turns over, and how long it has lain, as of the last count: every
-- five minutes (stock_activity). Outflow is what left with updates. A week's outflow is divided by the days that the log
-- covers, at least one. Before the first count, each balance is there without any outflow.
-- All that lists are sorted by is worked out before products are joined: the engine then cuts a list first, and looks up its names.
WITH
(SELECT lists FROM whereabouts_v) AS places,
(SELECT begins_at FROM change_log_v) AS log_begins_at,
(SELECT days_of_week FROM change_log_v) AS days_of_week,

counted AS (
    SELECT
        warehouse_id,
        product_id,
        quantity,
        outflow_7d / days_of_week AS outflow_a_day,
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
        0 AS outflow_a_day,
        0 AS outflow_28d,
        0 AS net_28d,
        NULL AS last_outflow_at
    FROM stock_balances_v
    WHERE quantity > 0 AND (SELECT count() FROM stock_activity) = 0
),

stock AS (
    SELECT
        warehouse_id,
        product_id,
        quantity,
        outflow_28d,
        last_outflow_at,
        round(outflow_a_day, 2) AS rounded_outflow,
        if(outflow_a_day = 0, NULL, round(quantity / outflow_a_day, 1)) AS days_of_cover,
        greatest(quantity - net_28d / 2, 0) AS average_units,
        round(dateDiff('second', coalesce(last_outflow_at, log_begins_at), now64(6, 'UTC')) / 86400, 1) AS idle_days
    FROM counted
)

SELECT
    transform(stock.warehouse_id, places.warehouse_ids, places.regions, '-- не определено --') AS "регион",
    transform(stock.warehouse_id, places.warehouse_ids, places.warehouses, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    stock.quantity AS "остаток, шт.",
    stock.rounded_outflow AS "расход в день, шт.",
    stock.days_of_cover AS "запас, дней",
    stock.outflow_28d AS "расход за 28 дней, шт.",
    stock.average_units AS "средний остаток, шт.",
    stock.last_outflow_at AS "последний расход",
    stock.idle_days AS "без расхода, дней"
FROM stock
LEFT ANY JOIN products_v ON stock.product_id = products_v.product_id
