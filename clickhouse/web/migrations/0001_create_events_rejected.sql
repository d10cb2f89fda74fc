-- What is no record of its feed: kept with its position and the reason. Identifiers are blotted out, since what could not be
-- read may hold some that are no pseudonyms.
CREATE TABLE events_rejected
(
    arrived_at DateTime64(3, 'UTC') COMMENT 'When ClickHouse met the message',
    queued_at DateTime64(3, 'UTC') COMMENT 'When Kafka took it',
    kafka_topic LowCardinality(String) COMMENT 'Where it stands in Kafka: topic',
    kafka_partition UInt16 COMMENT 'Partition',
    kafka_offset UInt64 COMMENT 'Offset',
    reason LowCardinality(String) COMMENT 'Why it is no record',
    payload String COMMENT 'The message as it came, without identifiers' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(queued_at)
ORDER BY (kafka_topic, kafka_partition, kafka_offset, queued_at)
TTL toDateTime(queued_at) + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Messages that are no records of their feeds';
