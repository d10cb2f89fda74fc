-- Replaces the table in one step, then rests. Days whose rows are as many in the log as were counted, and whose products have the
-- categories that they had, are taken over from the table itself; all others are read anew. So late changes, replays and the log's
-- retention need no thought, and a day is read while changes come to it. The log only gains rows, or loses whole days, and
-- merges lose what came twice: a day with as many rows as it has different ones has no others than those counted.
-- One thread and bounded memory: the first count reads all.
CREATE MATERIALIZED VIEW stock_hours_mv
REFRESH AFTER 5 MINUTE TO stock_hours AS
WITH
    (
        SELECT groupArray(counted.day)
        FROM
        (
            SELECT toDate(hour) AS day, sum(log_rows) AS day_rows, max(catalogue) AS day_catalogue
            FROM stock_hours
            GROUP BY day
        ) AS counted
        INNER JOIN
        (
            -- Known without reading: the day is the log's partition.
            SELECT toDate(committed_at) AS day, count() AS day_rows
            FROM kafka_wms_stock_balances
            GROUP BY day
        ) AS logged ON counted.day = logged.day AND counted.day_rows = logged.day_rows
        WHERE counted.day_catalogue = (SELECT sum(cityHash64(product_id, product_category)) FROM products)
    ) AS kept_days
SELECT
    hour,
    warehouse_id,
    product_category,
    is_known_product,
    inflow,
    outflow,
    movements,
    ran_out,
    came_back,
    log_rows,
    catalogue,
    now64(6, 'UTC') AS counted_at
FROM
(
    SELECT * EXCEPT counted_at
    FROM stock_hours
    WHERE has(kept_days, toDate(hour))
    UNION ALL
    SELECT
        toStartOfHour(changes.committed_at) AS hour,
        changes.warehouse_id AS warehouse_id,
        ifNull(known.product_category, '') AS product_category,
        ifNull(known.is_known, 0) AS is_known_product,
        sumIf(delta, delta > 0) AS inflow,
        -sumIf(delta, delta < 0) AS outflow,
        countIf(delta != 0) AS movements,
        countIf(presence < 0) AS ran_out,
        countIf(presence > 0) AS came_back,
        count() AS log_rows,
        max(ifNull(known.catalogue, 0)) AS catalogue
    FROM
    (
        SELECT
            committed_at,
            warehouse_id,
            product_id,
            op IN ('c', 'u', 'd') AS is_change,
            if(is_change, quantity - quantity_before, 0) AS delta,
            if(is_change, (quantity > 0) - (quantity_before > 0), 0) AS presence
        FROM kafka_wms_stock_balances FINAL
        WHERE NOT has(kept_days, toDate(committed_at))
    ) AS changes
    -- The checksum comes with the categories that are counted by: reading it by itself could meet other ones.
    LEFT ANY JOIN
    (
        SELECT product_id, product_category, 1 AS is_known, sum(cityHash64(product_id, product_category)) OVER () AS catalogue
        FROM products
    ) AS known ON changes.product_id = known.product_id
    GROUP BY hour, warehouse_id, product_category, is_known_product
)
SETTINGS
    max_threads = 1,
    max_bytes_before_external_group_by = 300000000,
    do_not_merge_across_partitions_select_final = 1;
