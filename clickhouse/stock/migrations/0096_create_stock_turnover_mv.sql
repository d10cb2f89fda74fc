-- Counts stock_activity when that was read anew, and replaces the table in one step; else the table is taken over as it is. What is counted
-- and when it was read come from one look.
CREATE MATERIALIZED VIEW stock_turnover_mv
REFRESH AFTER 30 SECOND TO stock_turnover AS
WITH
    assumeNotNull((
        SELECT (SELECT max(read_at) FROM stock_turnover) = (SELECT max(read_at) FROM (SELECT read_at FROM stock_activity LIMIT 1))
            -- On a cluster: the reading was another server's, and is not all here yet.
            OR (
                SELECT count()
                FROM system.replicas
                WHERE table = 'stock_activity' AND (inserts_in_queue > 0 OR log_pointer <= log_max_index)
            ) > 0
    )) AS is_counted,
    -- As change_log_v has it: a view, which this must not need.
    assumeNotNull((
        SELECT greatest(
            dateDiff(
                'second',
                greatest(
                    (SELECT min(committed_at) FROM kafka_wms_stock_balances),
                    (SELECT max(committed_at) FROM stock_balances_truncates),
                    (SELECT max(loaded_at) FROM stock_balances_loads),
                    now64(6, 'UTC') - INTERVAL 7 DAY),
                now64(6, 'UTC')) / 86400,
            1)
    )) AS days_of_week
SELECT
    warehouse_id,
    product_category,
    positions,
    units,
    running_out,
    outflow_28d,
    average_units,
    idle_units,
    read_at
FROM stock_turnover
WHERE is_counted
UNION ALL
SELECT
    stock.warehouse_id AS warehouse_id,
    ifNull(known.product_category, '') AS product_category,
    toInt64(count()) AS positions,
    sum(stock.quantity) AS units,
    countIf(stock.outflow_7d != 0 AND round(stock.quantity / (stock.outflow_7d / days_of_week), 1) < 3) AS running_out,
    sum(stock.outflow_28d) AS outflow_28d,
    sum(greatest(stock.quantity - stock.net_28d / 2, 0)) AS average_units,
    sumIf(stock.quantity, stock.outflow_28d = 0) AS idle_units,
    any(stock.read_at) AS read_at
FROM stock_activity AS stock
LEFT ANY JOIN products AS known ON stock.product_id = known.product_id
WHERE NOT is_counted AND stock.quantity > 0
GROUP BY warehouse_id, product_category
SETTINGS max_threads = 1;
