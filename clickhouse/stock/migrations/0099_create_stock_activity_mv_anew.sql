-- As 0094, but the groups of a reading of everything go to a file when they take a fifth of the engine's memory, instead of 200 MB: with
-- 2 GiB a reading of a hundred million changes takes less memory (0.8 GB instead of 1.1, for there are fewer files to merge) and less time,
-- and an engine that is given more makes use of it.
--
-- Rolls stock_activity forward: what was counted, and the changes since; what has left the 7 and the 28 days is taken away. A
-- refresh replaces the table in one step, so that it can read what was there.
--
-- Positions in the WAL are not the order of arrival: a transaction that began early and commits late brings smaller ones. So
-- changes are settled (counted for good) ten minutes after they arrived, and later ones are counted anew each time.
-- Where that can't be exact, the whole log and the state are read: see is_known.
--
-- The changes are read three times, and each reading would see the log at another moment: a position that got its first change since in
-- between was lost, until the next reading found changes missing and began anew. So only those are looked at that arrived more than
-- ten seconds before, far longer than an insert takes.
-- One thread and bounded memory: the log may hold hundreds of millions. Groups go to temporary files, and all are open while they are
-- merged, each with a part of its groups in memory: few files, small buffers; and the table is written in blocks of a quarter of
-- the usual size.
-- What happened since the last reading: stock_ran_out_v.
DROP VIEW stock_activity_mv;

CREATE MATERIALIZED VIEW stock_activity_mv
REFRESH AFTER 5 MINUTE TO stock_activity AS
WITH
    -- What a subquery returns is Nullable, and so would be whatever is compared with it, row by row.
    assumeNotNull((SELECT now64(3, 'UTC'))) AS read_time,
    assumeNotNull((SELECT max(read_at) FROM stock_activity)) AS last_time,
    assumeNotNull((SELECT max(read_lsn) FROM stock_activity)) AS last_lsn,
    assumeNotNull((SELECT min(committed_at) FROM kafka_wms_stock_balances)) AS begins_at,
    assumeNotNull((
        SELECT last_lsn > 0
            -- Once a day anew, and when days have left the log.
            AND toDate(last_time) = toDate(read_time)
            AND begins_at = (SELECT max(log_begins_at) FROM stock_activity)
            -- Balances that no change tells of: snapshots, TRUNCATEs and loads. From its row in the list to its end a load
            -- takes seconds.
            AND (SELECT count() FROM kafka_wms_stock_balances WHERE lsn > last_lsn AND op IN ('r', 't')) = 0
            AND (SELECT max(loaded_at) FROM stock_balances_loads) < last_time - INTERVAL 10 MINUTE
            -- Nothing arrived later than ten minutes after what stands behind it.
            AND (SELECT sum(settled_changes) FROM stock_activity) = (
                SELECT count()
                FROM kafka_wms_stock_balances FINAL
                WHERE lsn <= last_lsn AND committed_at >= toDate(last_time) - 1 AND op != 't'
            )
            -- The keys of what came since are held in memory.
            AND (SELECT count() FROM kafka_wms_stock_balances WHERE lsn > last_lsn) <= 5000000
            -- On a cluster: the last reading was another server's, and is not all here yet.
            AND (
                SELECT count()
                FROM system.replicas
                WHERE table = 'stock_activity' AND (inserts_in_queue > 0 OR log_pointer <= log_max_index)
            ) = 0
    )) AS is_known,
    if(is_known, last_lsn, 0) AS known_lsn,
    assumeNotNull((
        SELECT greatest(known_lsn, max(lsn))
        FROM
        (
            SELECT lsn
            FROM kafka_wms_stock_balances
            WHERE arrived_at < read_time - INTERVAL 10 MINUTE
            ORDER BY lsn DESC
            LIMIT 1
        )
    )) AS settled_lsn,
    changes AS
    (
        SELECT warehouse_id, product_id, op, quantity, quantity_before, lsn, committed_at
        FROM kafka_wms_stock_balances FINAL
        WHERE lsn > known_lsn AND op != 't' AND (NOT is_known OR arrived_at < read_time - INTERVAL 10 SECOND)
        UNION ALL
        -- Out of the 7 and the 28 days since the last reading.
        SELECT warehouse_id, product_id, op, quantity, quantity_before, lsn, committed_at
        FROM kafka_wms_stock_balances FINAL
        WHERE lsn <= known_lsn
            AND op != 't'
            AND (
                (committed_at > last_time - INTERVAL 7 DAY AND committed_at <= read_time - INTERVAL 7 DAY)
                OR (committed_at > last_time - INTERVAL 28 DAY AND committed_at <= read_time - INTERVAL 28 DAY)
            )
    )
SELECT
    warehouse_id,
    product_id,
    argMax(units, units_version) AS quantity,
    sum(left_7d) AS outflow_7d,
    sum(left_28d) AS outflow_28d,
    sum(moved_28d) AS net_28d,
    max(left_at) AS last_outflow_at,
    argMax(present, presence) AS is_present,
    max(changed_at) AS presence_changed_at,
    max(presence) AS presence_version,
    read_time AS read_at,
    settled_lsn AS read_lsn,
    begins_at AS log_begins_at,
    sum(settled) AS settled_changes,
    sumIf(left_7d, NOT is_settled) AS unsettled_7d,
    sumIf(left_28d, NOT is_settled) AS unsettled_28d,
    sumIf(moved_28d, NOT is_settled) AS unsettled_net_28d
FROM
(
    WITH
        -- A key change deletes the old row and creates the new one at one LSN.
        lsn * 2 + (op != 'd') AS change_version,
        is_known AND lsn > known_lsn AS is_news,
        op = 'u' AND quantity < quantity_before AS is_outflow,
        (quantity > 0) != (quantity_before > 0) AS changes_presence,
        -- 1: comes into the days, -1: leaves them.
        (committed_at > read_time - INTERVAL 7 DAY)
            - (lsn <= known_lsn AND committed_at > last_time - INTERVAL 7 DAY) AS times_7d,
        (committed_at > read_time - INTERVAL 28 DAY)
            - (lsn <= known_lsn AND committed_at > last_time - INTERVAL 28 DAY) AS times_28d
    SELECT
        warehouse_id,
        product_id,
        if(is_news, quantity, 0) AS units,
        if(is_news, change_version, 0) AS units_version,
        if(is_outflow, quantity_before - quantity, 0) * times_7d AS left_7d,
        if(is_outflow, quantity_before - quantity, 0) * times_28d AS left_28d,
        if(op != 'r', quantity - quantity_before, 0) * times_28d AS moved_28d,
        if(is_outflow, committed_at, NULL) AS left_at,
        changes_presence AND quantity > 0 AS present,
        if(changes_presence, committed_at, NULL) AS changed_at,
        if(changes_presence, change_version, 0) AS presence,
        lsn <= settled_lsn AS is_settled,
        lsn > known_lsn AND is_settled AND committed_at >= toDate(read_time) - 1 AS settled
    FROM changes
    UNION ALL
    SELECT
        warehouse_id,
        product_id,
        quantity AS units,
        1 AS units_version,
        outflow_7d - unsettled_7d AS left_7d,
        outflow_28d - unsettled_28d AS left_28d,
        net_28d - unsettled_net_28d AS moved_28d,
        last_outflow_at AS left_at,
        is_present AS present,
        presence_changed_at AS changed_at,
        presence_version AS presence,
        1 AS is_settled,
        settled_changes AS settled
    FROM stock_activity
    WHERE is_known AND (warehouse_id, product_id) IN (SELECT warehouse_id, product_id FROM changes)
    UNION ALL
    SELECT
        warehouse_id,
        product_id,
        quantity AS units,
        1 AS units_version,
        0 AS left_7d,
        0 AS left_28d,
        0 AS moved_28d,
        NULL AS left_at,
        0 AS present,
        NULL AS changed_at,
        0 AS presence,
        1 AS is_settled,
        0 AS settled
    FROM stock_balances FINAL
    WHERE NOT is_known AND is_deleted = 0 AND version > (SELECT max(lsn) FROM stock_balances_truncates)
)
GROUP BY warehouse_id, product_id
UNION ALL
SELECT
    warehouse_id,
    product_id,
    quantity,
    outflow_7d,
    outflow_28d,
    net_28d,
    last_outflow_at,
    is_present,
    presence_changed_at,
    presence_version,
    read_time AS read_at,
    settled_lsn AS read_lsn,
    begins_at AS log_begins_at,
    settled_changes,
    unsettled_7d,
    unsettled_28d,
    unsettled_net_28d
FROM stock_activity
WHERE is_known AND (warehouse_id, product_id) NOT IN (SELECT warehouse_id, product_id FROM changes)
SETTINGS
    max_threads = 1,
    max_bytes_before_external_group_by = 0,
    max_bytes_ratio_before_external_group_by = 0.2,
    temporary_files_buffer_size = 65536,
    min_insert_block_size_rows = 250000,
    do_not_merge_across_partitions_select_final = 1;
