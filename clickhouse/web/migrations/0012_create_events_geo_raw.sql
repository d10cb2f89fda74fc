-- Feed geo_events as it came: where from. A replay from Kafka collapses, by position. Sorted by event, so that
-- the parts of one event are found quickly however far apart they arrive.
CREATE TABLE events_geo_raw
(
    event_id UUID COMMENT 'Event: the same in all four feeds',
    event_at DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(ZSTD(1)),
    user_id UUID COMMENT 'Pseudonym of the user',
    ip_address Nullable(UUID) COMMENT 'Pseudonym of the IP address' CODEC(ZSTD(1)),
    geo_country LowCardinality(Nullable(String)) COMMENT 'Country, ISO 3166-1 alpha-2',
    geo_region_name LowCardinality(Nullable(String)) COMMENT 'Region',
    geo_timezone LowCardinality(Nullable(String)) COMMENT 'Time zone of the place',
    geo_latitude Nullable(Float64) COMMENT 'Degrees north' CODEC(ZSTD(1)),
    geo_longitude Nullable(Float64) COMMENT 'Degrees east' CODEC(ZSTD(1)),
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
COMMENT 'Feed geo_events: where from';
