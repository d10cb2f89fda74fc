-- From where on the log may hold changes that the last count (stock_bands) doesn't have, and whether count and log together say what
-- there is: not while nothing is counted, nor when a snapshot, a TRUNCATE or a load came since; all balances are read then.
CREATE OR REPLACE VIEW last_count_v AS
WITH (SELECT max(settled_lsn) FROM stock_bands WHERE kind = 'warehouse') AS settled
SELECT
    settled AS settled_lsn,
    settled > 0
        AND max(truncated_lsn) = max(counted_truncated_lsn)
        -- From its row in the list to its end a load takes seconds.
        AND max(loaded_at) < max(counted_at) - INTERVAL 10 MINUTE
        AND sum(snapshot_rows) = 0 AS is_known
FROM
(
    SELECT
        max(counts.truncated_lsn) AS counted_truncated_lsn,
        max(counts.counted_at) AS counted_at,
        toUInt64(0) AS truncated_lsn,
        toDateTime64(0, 6, 'UTC') AS loaded_at,
        toUInt64(0) AS snapshot_rows
    FROM stock_bands AS counts
    WHERE kind = 'warehouse'
    UNION ALL
    SELECT 0, toDateTime64(0, 6, 'UTC'), max(lsn), toDateTime64(0, 6, 'UTC'), 0
    FROM stock_balances_truncates
    UNION ALL
    SELECT 0, toDateTime64(0, 6, 'UTC'), 0, max(loads.loaded_at), 0
    FROM stock_balances_loads AS loads
    UNION ALL
    SELECT 0, toDateTime64(0, 6, 'UTC'), 0, toDateTime64(0, 6, 'UTC'), count()
    FROM kafka_wms_stock_balances
    WHERE lsn >= settled AND op IN ('r', 't')
);
