-- Feed location_events as it came: on which page, and who led there. A replay from Kafka collapses, by position. Sorted by event, so that
-- the parts of one event are found quickly however far apart they arrive.
CREATE TABLE events_location_raw
(
    event_id UUID COMMENT 'Event: the same in all four feeds',
    event_at DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(ZSTD(1)),
    user_id UUID COMMENT 'Pseudonym of the user',
    page_url Nullable(String) COMMENT 'Address of the page' CODEC(ZSTD(1)),
    page_url_path LowCardinality(Nullable(String)) COMMENT 'Its path',
    referer_url Nullable(String) COMMENT 'Page that led there' CODEC(ZSTD(1)),
    referer_medium LowCardinality(Nullable(String)) COMMENT 'Kind of it: search, paid, social, email, internal, direct',
    utm_source LowCardinality(Nullable(String)) COMMENT 'Campaign: source',
    utm_medium LowCardinality(Nullable(String)) COMMENT 'Medium',
    utm_campaign LowCardinality(Nullable(String)) COMMENT 'Name',
    utm_content LowCardinality(Nullable(String)) COMMENT 'Which of its links',
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
COMMENT 'Feed location_events: on which page, and who led there';
