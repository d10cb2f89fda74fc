-- What could not be applied: kept whole, with its position and the reason. Nothing is dropped silently.
CREATE TABLE ingest_errors
(
    arrived_at DateTime64(3, 'UTC') COMMENT 'When ClickHouse met the message',
    kafka_topic LowCardinality(String) COMMENT 'Where it stands in Kafka: topic',
    kafka_partition UInt16 COMMENT 'Partition',
    kafka_offset UInt64 COMMENT 'Offset',
    reason String COMMENT 'Why it was not applied',
    payload String COMMENT 'The message as it came' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY (kafka_topic, kafka_partition, kafka_offset)
COMMENT 'Messages that could not be applied';
