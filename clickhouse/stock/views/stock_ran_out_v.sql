-- Since when a position has been out of stock: its last change from some units to none. From stock_activity, and from the log
-- since then. Positions that have units, and those that ran out before the log began, are not here. Only positions that the
-- log has something new of are grouped: all of them would be a hash table of millions.
CREATE OR REPLACE VIEW stock_ran_out_v AS
WITH recent AS
(
    SELECT
        warehouse_id,
        product_id,
        quantity > 0 AS is_present,
        committed_at AS changed_at,
        lsn * 2 + (op != 'd') AS version
    FROM kafka_wms_stock_balances
    -- Nothing was read yet: the whole log.
    WHERE committed_at > (SELECT max(read_at) FROM stock_activity) - INTERVAL 1 HOUR
        AND op != 't'
        AND (quantity > 0) != (quantity_before > 0)
)
SELECT
    warehouse_id,
    product_id,
    assumeNotNull(presence_changed_at) AS ran_out_at
FROM stock_activity
WHERE presence_version > 0
    AND is_present = 0
    AND (warehouse_id, product_id) NOT IN (SELECT warehouse_id, product_id FROM recent)
UNION ALL
SELECT
    warehouse_id,
    product_id,
    argMax(changed_at, version) AS ran_out_at
FROM
(
    SELECT * FROM recent
    UNION ALL
    SELECT
        warehouse_id,
        product_id,
        is_present,
        assumeNotNull(presence_changed_at) AS changed_at,
        presence_version AS version
    FROM stock_activity
    WHERE presence_version > 0 AND (warehouse_id, product_id) IN (SELECT warehouse_id, product_id FROM recent)
)
GROUP BY warehouse_id, product_id
HAVING argMax(is_present, version) = 0;
