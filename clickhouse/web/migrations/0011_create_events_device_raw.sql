-- Feed device_events as it came: on what device. A replay from Kafka collapses, by position. Sorted by event, so that
-- the parts of one event are found quickly however far apart they arrive.
CREATE TABLE events_device_raw
(
    event_id UUID COMMENT 'Event: the same in all four feeds',
    event_at DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(ZSTD(1)),
    user_id UUID COMMENT 'Pseudonym of the user',
    os_name LowCardinality(Nullable(String)) COMMENT 'Operating system',
    os_timezone LowCardinality(Nullable(String)) COMMENT 'Time zone that the device is set to',
    device_type LowCardinality(Nullable(String)) COMMENT 'desktop, phone, tablet or bot',
    device_is_mobile Nullable(Bool) COMMENT 'Whether it is carried about' CODEC(ZSTD(1)),
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
COMMENT 'Feed device_events: on what device';
