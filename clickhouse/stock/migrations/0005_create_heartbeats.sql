-- A row that Debezium writes into the WMS every two seconds and that travels the whole path: how long a commit takes to get here.
CREATE TABLE heartbeats
(
    source LowCardinality(String) COMMENT 'Topic prefix of the source database',
    sent_at DateTime64(6, 'UTC') COMMENT 'Written in the WMS',
    captured_at DateTime64(3, 'UTC') COMMENT 'Debezium read it',
    queued_at DateTime64(3, 'UTC') COMMENT 'Kafka took it',
    arrived_at DateTime64(3, 'UTC') COMMENT 'ClickHouse inserted it'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(sent_at)
ORDER BY (source, sent_at)
TTL toDateTime(sent_at) + INTERVAL 7 DAY
SETTINGS
    ttl_only_drop_parts = 1,
    min_parts_to_merge_at_once = 20,
    merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0,
    auto_statistics_types = ''
COMMENT 'Heartbeats of the sources';
