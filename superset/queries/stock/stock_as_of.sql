-- Stock as of the moments of past_moments_v: today's balances, less what has changed since. A position whose
-- balance was deleted since then is there again. Filter by one moment: each is a whole stock of its own.
-- stock_balances_as_of(moment = …) says the same of any moment; a dashboard's filter can't fill its parameter.
WITH
levels AS (
    SELECT
        moment,
        warehouse_id,
        product_id,
        sum(units) AS quantity
    FROM (
        SELECT
            moments.moment AS moment,
            stock.warehouse_id AS warehouse_id,
            stock.product_id AS product_id,
            stock.quantity AS units
        FROM stock_balances_v AS stock
        CROSS JOIN past_moments_v AS moments
        UNION ALL
        SELECT
            moments.moment AS moment,
            changes.warehouse_id AS warehouse_id,
            changes.product_id AS product_id,
            -changes.delta AS units
        FROM stock_changes_v AS changes
        CROSS JOIN past_moments_v AS moments
        WHERE changes.committed_at > moments.moment AND changes.committed_at > now('UTC') - INTERVAL 32 DAY
    ) AS parts
    GROUP BY moment, warehouse_id, product_id
)

SELECT
    formatDateTime(levels.moment, '%F %H:%i') AS "момент",
    coalesce(warehouses_v.region_name, '-- не определено --') AS "регион",
    coalesce(warehouses_v.warehouse_name, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    levels.quantity AS "остаток, шт."
FROM levels
LEFT ANY JOIN warehouses_v ON levels.warehouse_id = warehouses_v.warehouse_id
LEFT ANY JOIN products_v ON levels.product_id = products_v.product_id
WHERE levels.quantity != 0
