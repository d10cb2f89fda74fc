-- The same of each product by itself: one row a position that has units.
WITH
(SELECT lists FROM whereabouts_v) AS places,

counted AS (
    SELECT
        warehouse_id,
        product_id,
        quantity,
        toNullable(outflow_7d) / (SELECT days_of_week FROM change_log_v) AS outflow_a_day,
        outflow_28d,
        net_28d
    FROM stock_activity
    WHERE quantity > 0
    UNION ALL
    SELECT
        warehouse_id,
        product_id,
        quantity,
        NULL AS outflow_a_day,
        0 AS outflow_28d,
        0 AS net_28d
    FROM stock_balances_v
    WHERE quantity > 0 AND (SELECT count() FROM stock_activity) = 0
)

SELECT
    transform(stock.warehouse_id, places.warehouse_ids, places.regions, '-- не определено --') AS "регион",
    transform(stock.warehouse_id, places.warehouse_ids, places.warehouses, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    toInt64(1) AS "позиций",
    stock.quantity AS "остаток, шт.",
    toUInt64(coalesce(round(stock.quantity / nullIf(stock.outflow_a_day, 0), 1) < 3, 0)) AS "закончатся за 3 дня, позиций",
    stock.outflow_28d AS "расход за 28 дней, шт.",
    greatest(stock.quantity - stock.net_28d / 2, 0) AS "средний остаток, шт.",
    if(stock.outflow_28d = 0, stock.quantity, 0) AS "лежит без расхода, шт."
FROM counted AS stock
LEFT ANY JOIN products_v ON stock.product_id = products_v.product_id
