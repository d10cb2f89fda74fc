-- Reads the log anew every five minutes and replaces the table in one step: replays, late changes and the log's retention
-- need no thought, and inserts, which an incremental view would slow down, cost nothing. One thread and bounded memory: the
-- log may hold a hundred millions. What happened since the last reading: stock_ran_out_v.
CREATE MATERIALIZED VIEW stock_activity_mv
REFRESH EVERY 5 MINUTE TO stock_activity AS
WITH
    now64(6, 'UTC') AS read_time,
    (quantity > 0) != (quantity_before > 0) AS changes_presence,
    -- A key change deletes the old row and creates the new one at one LSN.
    lsn * 2 + (op != 'd') AS change_version
SELECT
    warehouse_id,
    product_id,
    sumIf(quantity_before - quantity, op = 'u' AND quantity < quantity_before AND committed_at > read_time - INTERVAL 7 DAY)
        AS outflow_7d,
    sumIf(quantity_before - quantity, op = 'u' AND quantity < quantity_before AND committed_at > read_time - INTERVAL 28 DAY)
        AS outflow_28d,
    sumIf(quantity - quantity_before, op != 'r' AND committed_at > read_time - INTERVAL 28 DAY) AS net_28d,
    maxOrNullIf(committed_at, op = 'u' AND quantity < quantity_before) AS last_outflow_at,
    argMaxIf(quantity > 0, change_version, changes_presence) AS is_present,
    maxOrNullIf(committed_at, changes_presence) AS presence_changed_at,
    maxIf(change_version, changes_presence) AS presence_version,
    read_time AS read_at
FROM kafka_wms_stock_balances FINAL
WHERE op != 't'
GROUP BY warehouse_id, product_id
SETTINGS
    max_threads = 1,
    max_bytes_before_external_group_by = 300000000,
    do_not_merge_across_partitions_select_final = 1;
