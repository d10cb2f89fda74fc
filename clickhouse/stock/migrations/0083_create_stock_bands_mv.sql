-- Counts anew and replaces the table in one step, then rests. The state is read once, and nothing else that moves: two reads would
-- see two moments.
CREATE MATERIALIZED VIEW stock_bands_mv
REFRESH AFTER 1 MINUTE TO stock_bands AS
SELECT
    balances.warehouse_id AS warehouse_id,
    ifNull(products.product_category, '') AS product_category,
    toInt16(roundDown(balances.quantity, [-1, 0, 1, 10, 50, 100, 250, 500, 1000])) AS band_from,
    sum(balances.quantity) AS units,
    groupBitmapState(toUInt32(balances.product_id)) AS product_ids,
    max(balances.version) AS newest_version,
    any(balances.truncated) AS truncated_lsn,
    now64(6, 'UTC') AS counted_at
FROM
(
    SELECT
        warehouse_id,
        product_id,
        quantity,
        version,
        (SELECT max(lsn) FROM stock_balances_truncates) AS truncated
    FROM stock_balances FINAL
    WHERE is_deleted = 0 AND version > truncated
) AS balances
LEFT ANY JOIN products ON balances.product_id = products.product_id
GROUP BY warehouse_id, product_category, band_from
SETTINGS max_threads = 1;
