-- Commit to visible by the minute, of heartbeats and of real changes. A minute is computed again while late changes of it
-- may arrive: the newest row of a minute holds.
CREATE TABLE freshness_minutes
(
    minute DateTime('UTC') COMMENT 'Minute of the commits in the WMS',
    table_name LowCardinality(String) COMMENT 'Which captured table',
    kind LowCardinality(String) COMMENT 'heartbeat or change',
    events UInt64 COMMENT 'How many arrived',
    p50_seconds Float32 COMMENT 'Commit to visible, median',
    p95_seconds Float32 COMMENT '95th percentile',
    p99_seconds Float32 COMMENT '99th percentile',
    max_seconds Float32 COMMENT 'The slowest',
    computed_at DateTime('UTC') COMMENT 'When this row was computed'
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (table_name, kind, minute)
TTL minute + INTERVAL 1 YEAR
COMMENT 'Freshness by the minute';

-- A minute without arrivals gets no row: freshness_objective_v counts the heartbeats that are missing.
CREATE MATERIALIZED VIEW freshness_minutes_mv REFRESH EVERY 1 MINUTE APPEND TO freshness_minutes AS
SELECT
    minute,
    'stock_balances' AS table_name,
    kind,
    count() AS events,
    quantile(0.5)(seconds) AS p50_seconds,
    quantile(0.95)(seconds) AS p95_seconds,
    quantile(0.99)(seconds) AS p99_seconds,
    max(seconds) AS max_seconds,
    now('UTC') AS computed_at
FROM
(
    SELECT toStartOfMinute(sent_at) AS minute, 'heartbeat' AS kind, dateDiff('microsecond', sent_at, arrived_at) / 1e6 AS seconds
    FROM heartbeats
    WHERE source = 'wms' AND sent_at >= toStartOfMinute(now('UTC') - INTERVAL 15 MINUTE)
    UNION ALL
    SELECT toStartOfMinute(committed_at) AS minute, 'change' AS kind, dateDiff('microsecond', committed_at, arrived_at) / 1e6 AS seconds
    FROM kafka_wms_stock_balances
    WHERE committed_at >= toStartOfMinute(now('UTC') - INTERVAL 15 MINUTE) AND op IN ('c', 'u', 'd') AND tx_id != 0
)
GROUP BY minute, kind;
