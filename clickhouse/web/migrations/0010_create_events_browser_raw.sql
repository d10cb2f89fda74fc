-- Feed browser_events as it came: what happened, and in which browser. A replay from Kafka collapses, by position. Sorted by event, so that
-- the parts of one event are found quickly however far apart they arrive.
CREATE TABLE events_browser_raw
(
    event_id UUID COMMENT 'Event: the same in all four feeds',
    event_at DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(ZSTD(1)),
    user_id UUID COMMENT 'Pseudonym of the user',
    event_type LowCardinality(String) COMMENT 'What happened: pageview, click, search, add_to_cart, checkout, purchase',
    browser_name LowCardinality(Nullable(String)) COMMENT 'Browser',
    browser_user_agent LowCardinality(Nullable(String)) COMMENT 'What the browser calls itself',
    browser_language LowCardinality(Nullable(String)) COMMENT 'Language that it asks for',
    kafka_partition UInt16 COMMENT 'Where the record stands in Kafka: partition' CODEC(ZSTD(1)),
    kafka_offset UInt64 COMMENT 'Offset' CODEC(ZSTD(1)),
    queued_at DateTime64(3, 'UTC') COMMENT 'Kafka took it' CODEC(ZSTD(1)),
    arrived_at DateTime64(3, 'UTC') COMMENT 'ClickHouse took it: what the layers above are built by' CODEC(ZSTD(1)),
    INDEX arrivals arrived_at TYPE minmax GRANULARITY 64
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(queued_at)
ORDER BY (event_id, kafka_partition, kafka_offset)
TTL toDateTime(queued_at) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Feed browser_events: what happened, and in which browser';
