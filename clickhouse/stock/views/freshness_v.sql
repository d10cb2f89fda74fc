-- How fresh readers' data is. latency: commit in the WMS to visible here, of the last heartbeat and over the last minute;
-- staleness: seconds since the newest heartbeat that arrived was written, which grows when the flow stands still.
CREATE OR REPLACE VIEW freshness_v AS
SELECT
    'stock_balances' AS table_name,
    -- The log is sorted by LSN: its end is read, not the whole of it.
    (SELECT committed_at FROM kafka_wms_stock_balances ORDER BY lsn DESC LIMIT 1) AS last_change_at,
    max(sent_at) AS last_heartbeat_at,
    argMax(seconds, sent_at) AS latency_seconds,
    quantileExactIf(0.5)(seconds, is_recent) AS latency_p50_seconds,
    quantileExactIf(0.95)(seconds, is_recent) AS latency_p95_seconds,
    quantileExactIf(0.99)(seconds, is_recent) AS latency_p99_seconds,
    dateDiff('millisecond', last_heartbeat_at, now64(6, 'UTC')) / 1000 AS staleness_seconds
FROM
(
    SELECT
        sent_at,
        dateDiff('microsecond', sent_at, arrived_at) / 1e6 AS seconds,
        sent_at > now64(6, 'UTC') - INTERVAL 1 MINUTE AS is_recent
    FROM heartbeats
    WHERE source = 'wms'
);
