-- How often the stock of each warehouse and matrix turns over and how much of it runs out soon, as of the last count: every five minutes
-- (stock_turnover, of what stock_cover.sql says of each position). Before the first count, all is there without any outflow. What is
-- filtered by product is asked of stock_turnover_detail.sql.
WITH counted AS (
    SELECT
        warehouse_id,
        product_category,
        positions,
        units,
        running_out,
        outflow_28d,
        average_units,
        idle_units
    FROM stock_turnover
    UNION ALL
    SELECT
        warehouse_id,
        product_category,
        positions,
        units,
        0 AS running_out,
        0 AS outflow_28d,
        toFloat64(units) AS average_units,
        units AS idle_units
    FROM stock_bands_v
    WHERE band_from > 0 AND (SELECT count() FROM stock_turnover) = 0
)

SELECT
    coalesce(warehouses_v.region_name, '-- не определено --') AS "регион",
    coalesce(warehouses_v.warehouse_name, '-- не определено --') AS "склад",
    coalesce(nullIf(counted.product_category, ''), '-- не определено --') AS "матрица",
    '-- все --' AS "товар",
    counted.positions AS "позиций",
    counted.units AS "остаток, шт.",
    counted.running_out AS "закончатся за 3 дня, позиций",
    counted.outflow_28d AS "расход за 28 дней, шт.",
    counted.average_units AS "средний остаток, шт.",
    counted.idle_units AS "лежит без расхода, шт."
FROM counted
LEFT ANY JOIN warehouses_v ON counted.warehouse_id = warehouses_v.warehouse_id
