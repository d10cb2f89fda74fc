-- Every run of `sklad verify`: what was compared and what came out.
CREATE TABLE verify_runs
(
    started_at DateTime64(3, 'UTC') COMMENT 'When the comparison began',
    table_name LowCardinality(String) COMMENT 'Which table',
    verdict LowCardinality(String) COMMENT 'equal, different or undecided',
    reason String COMMENT 'Why it could not be decided',
    seconds Float64 COMMENT 'How long it took',
    rows UInt64 COMMENT 'Rows of the source that were compared',
    buckets UInt32 COMMENT 'Buckets of keys that were compared',
    buckets_different UInt32 COMMENT 'Of them, with other checksums',
    fence_lsn UInt64 COMMENT 'Position in the WMS''s log up to which ClickHouse was proved to have everything',
    missing UInt64 COMMENT 'Keys that ClickHouse lacks',
    extra UInt64 COMMENT 'Keys that the WMS does not have',
    different UInt64 COMMENT 'Keys with other values',
    repaired UInt64 COMMENT 'Keys that --repair wrote anew',
    differences Array(String) COMMENT 'The first differences, as shown to people'
)
ENGINE = MergeTree
ORDER BY (table_name, started_at)
TTL toDateTime(started_at) + INTERVAL 1 YEAR
COMMENT 'History of sklad verify';
