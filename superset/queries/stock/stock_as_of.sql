-- Stock as of a moment that past_moments_v offers, none of any other: today's balances, but what changed since has what its
-- first later change replaced. A position whose balance was deleted since then is there again. Before an insert it had 0.
-- stock_balances_as_of(moment = …) says the same of any moment, or why it can't; it takes twice as long, since it
-- tells apart what was not there and what was 0, and when that was written.
WITH
(SELECT lists FROM whereabouts_v) AS places,
levels AS (
    SELECT
        warehouse_id,
        product_id,
        quantity
    FROM stock_balances_v
    WHERE
        quantity != 0
        AND (warehouse_id, product_id) NOT IN (
            SELECT
                warehouse_id,
                product_id
            FROM kafka_wms_stock_balances
            WHERE committed_at > {moment:DateTime64(6, 'UTC')} AND op IN ('c', 'u', 'd')
        )
    UNION ALL
    SELECT
        warehouse_id,
        product_id,
        argMin(quantity_before, lsn * 2 + (op != 'd')) AS quantity_then
    FROM kafka_wms_stock_balances
    WHERE committed_at > {moment:DateTime64(6, 'UTC')} AND op IN ('c', 'u', 'd')
    GROUP BY warehouse_id, product_id
    HAVING quantity_then != 0
)

SELECT
    formatDateTime({moment:DateTime64(6, 'UTC')}, '%F %H:%i') AS "момент",
    transform(levels.warehouse_id, places.warehouse_ids, places.regions, '-- не определено --') AS "регион",
    transform(levels.warehouse_id, places.warehouse_ids, places.warehouses, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    toInt64(levels.quantity) AS "остаток, шт."
FROM levels
LEFT ANY JOIN products_v ON levels.product_id = products_v.product_id
WHERE (SELECT count() FROM past_moments_v WHERE moment = {moment:DateTime64(6, 'UTC')}) > 0
