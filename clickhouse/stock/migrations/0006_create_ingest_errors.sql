-- What could not be applied: kept whole, with its position. Nothing is dropped silently. The reason is worked out when
-- somebody asks for it: to have it at hand would cost every insert, of good messages too.
CREATE TABLE ingest_errors
(
    arrived_at DateTime64(3, 'UTC') COMMENT 'When ClickHouse met the message',
    kafka_topic LowCardinality(String) COMMENT 'Where it stands in Kafka: topic',
    kafka_partition UInt16 COMMENT 'Partition',
    kafka_offset UInt64 COMMENT 'Offset',
    payload String COMMENT 'The message as it came' CODEC(ZSTD(3)),
    op String ALIAS JSONExtractString(payload, 'op') COMMENT 'Operation, if the message names one',
    row String ALIAS JSONExtractRaw(payload, if(op = 'd', 'before', 'after')) COMMENT 'The row, if the message has one',
    reason String ALIAS multiIf(
        NOT isValidJSON(payload), 'not JSON',
        op = '', 'not a Debezium envelope: no op',
        op NOT IN ('c', 'u', 'd', 'r', 't'), concat('unknown operation: ', op),
        JSONExtractUInt(payload, 'source', 'lsn') = 0 OR JSONExtractInt(payload, 'source', 'ts_us') = 0,
            'no source position (lsn, ts_us)',
        kafka_topic = 'wms.public.wms_heartbeat', 'a heartbeat without a time (sent_at)',
        accurateCastOrNull(JSONExtract(row, 'warehouse_id', 'Nullable(Float64)'), 'Int32') IS NULL
            OR accurateCastOrNull(JSONExtract(row, 'product_id', 'Nullable(Float64)'), 'Int32') IS NULL,
            concat('no key (warehouse_id, product_id) in ', if(op = 'd', 'before', 'after')),
        op != 'd' AND accurateCastOrNull(JSONExtract(row, 'quantity', 'Nullable(Float64)'), 'Int32') IS NULL,
            'no quantity, or no whole one that fits Int32',
        'no updated_at, or none in the years 1 to 9999'
    ) COMMENT 'Why it was not applied'
)
ENGINE = ReplacingMergeTree
ORDER BY (kafka_topic, kafka_partition, kafka_offset)
COMMENT 'Messages that could not be applied';
