-- The way in of feed device_events. Keeps nothing: each message is read here, once, and judged; two views pick what goes where.
-- The first condition is that of a sound record; the others find words for what is wrong with one that is not.
CREATE TABLE events_device_inbox
(
    kafka_topic LowCardinality(String) COMMENT 'Where the message stands in Kafka: topic',
    kafka_partition UInt16 COMMENT 'Partition',
    kafka_offset UInt64 COMMENT 'Offset',
    queued_at DateTime64(3, 'UTC') COMMENT 'When Kafka took it',
    payload String COMMENT 'The message as it came',
    arrived_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When ClickHouse met it',
    event Tuple(
        event_id Nullable(UUID), user_id Nullable(UUID), event_timestamp Nullable(String), set_aside Nullable(String),
        os_name Nullable(String), os_timezone Nullable(String), device_type Nullable(String), device_is_mobile Nullable(Bool))
        DEFAULT JSONExtract(payload, 'Tuple(event_id Nullable(UUID), user_id Nullable(UUID), event_timestamp Nullable(String), set_aside Nullable(String), os_name Nullable(String), os_timezone Nullable(String), device_type Nullable(String), device_is_mobile Nullable(Bool))')
        COMMENT 'The record',
    event_at Nullable(DateTime64(3, 'UTC')) DEFAULT parseDateTime64BestEffortOrNull(event.event_timestamp, 3, 'UTC')
        COMMENT 'When it happened',
    reason LowCardinality(String) DEFAULT multiIf(
        event.event_id != '00000000-0000-0000-0000-000000000000' AND event.user_id IS NOT NULL
            AND ifNull(event_at BETWEEN queued_at - INTERVAL 365 DAY AND queued_at + INTERVAL 1 DAY, 0)
            AND position(payload, '{', 2) = 0 AND position(payload, '[') = 0
            AND event.device_is_mobile IS NOT NULL, '',
        NOT isValidJSON(payload), 'not JSON',
        event.set_aside IS NOT NULL, assumeNotNull(event.set_aside),
        event.event_id IS NULL OR event.event_id = '00000000-0000-0000-0000-000000000000', 'event_id is no UUID',
        event.user_id IS NULL, 'user_id is no pseudonym',
        event_at IS NULL, 'event_timestamp is no time',
        event_at < queued_at - INTERVAL 365 DAY, 'event_timestamp lies more than a year back',
        event_at > queued_at + INTERVAL 1 DAY, 'event_timestamp lies in the future',
        event.device_is_mobile IS NULL AND JSONType(payload, 'device_is_mobile') != 'Null', 'device_is_mobile is neither true nor false',
        (position(payload, '{', 2) > 0 OR position(payload, '[') > 0)
            AND arrayExists(name -> JSONType(payload, name) IN ('Object', 'Array'), ['event_id', 'user_id', 'event_timestamp', 'os_name', 'os_timezone', 'device_type', 'device_is_mobile']),
            'an object or a list where a value should be',
        '') COMMENT 'Why it is no record; empty: it is one'
)
ENGINE = Null
COMMENT 'Way in of feed device_events';
