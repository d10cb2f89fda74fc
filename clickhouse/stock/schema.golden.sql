-- What clickhouse/stock makes of an empty engine, by SHOW CREATE TABLE. Written by a test; never run.

CREATE VIEW wms.freshness_v
(
    `table_name` String,
    `last_change_at` Nullable(DateTime64(6, 'UTC')),
    `last_heartbeat_at` DateTime64(6, 'UTC'),
    `latency_seconds` Float64,
    `latency_p50_seconds` Float64,
    `latency_p95_seconds` Float64,
    `latency_p99_seconds` Float64,
    `staleness_seconds` Float64
)
AS SELECT
    'stock_balances' AS table_name,
    (
        SELECT committed_at
        FROM wms.kafka_wms_stock_balances
        ORDER BY lsn DESC
        LIMIT 1
    ) AS last_change_at,
    max(sent_at) AS last_heartbeat_at,
    argMax(seconds, sent_at) AS latency_seconds,
    quantileExactIf(0.5)(seconds, is_recent) AS latency_p50_seconds,
    quantileExactIf(0.95)(seconds, is_recent) AS latency_p95_seconds,
    quantileExactIf(0.99)(seconds, is_recent) AS latency_p99_seconds,
    dateDiff('millisecond', last_heartbeat_at, now64(6, 'UTC')) / 1000 AS staleness_seconds
FROM
(
    SELECT
        sent_at,
        dateDiff('microsecond', sent_at, arrived_at) / 1000000. AS seconds,
        sent_at > (now64(6, 'UTC') - toIntervalMinute(1)) AS is_recent
    FROM wms.heartbeats
    WHERE source = 'wms'
);

CREATE TABLE wms.heartbeats
(
    `source` LowCardinality(String) COMMENT 'Topic prefix of the source database',
    `sent_at` DateTime64(6, 'UTC') COMMENT 'Written in the WMS',
    `captured_at` DateTime64(3, 'UTC') COMMENT 'Debezium read it',
    `queued_at` DateTime64(3, 'UTC') COMMENT 'Kafka took it',
    `arrived_at` DateTime64(3, 'UTC') COMMENT 'ClickHouse inserted it'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(sent_at)
ORDER BY (source, sent_at)
TTL toDateTime(sent_at) + toIntervalDay(7)
SETTINGS ttl_only_drop_parts = 1, min_parts_to_merge_at_once = 10, auto_statistics_types = '', index_granularity = 8192
COMMENT 'Heartbeats of the sources';

CREATE MATERIALIZED VIEW wms.heartbeats_mv TO wms.heartbeats
(
    `source` String,
    `sent_at` DateTime64(6, 'UTC'),
    `captured_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `arrived_at` DateTime64(3, 'UTC')
)
AS SELECT
    'wms' AS source,
    parseDateTime64BestEffortOrZero(ifNull(after.sent_at, ''), 6, 'UTC') AS sent_at,
    captured_at,
    queued_at,
    now64(3, 'UTC') AS arrived_at
FROM wms.stock_balances_inbox
WHERE (reason = '') AND (kafka_topic = 'wms.public.wms_heartbeat') AND (op IN ('c', 'u'));

CREATE TABLE wms.ingest_errors
(
    `arrived_at` DateTime64(3, 'UTC') COMMENT 'When ClickHouse met the message',
    `kafka_topic` LowCardinality(String) COMMENT 'Where it stands in Kafka: topic',
    `kafka_partition` UInt16 COMMENT 'Partition',
    `kafka_offset` UInt64 COMMENT 'Offset',
    `reason` String COMMENT 'Why it was not applied',
    `payload` String COMMENT 'The message as it came' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
ORDER BY (kafka_topic, kafka_partition, kafka_offset)
SETTINGS index_granularity = 8192
COMMENT 'Messages that could not be applied';

CREATE TABLE wms.kafka_wms_stock_balances
(
    `lsn` UInt64 COMMENT 'WAL position of the change; orders the changes of one key' CODEC(DoubleDelta, ZSTD(1)),
    `warehouse_id` Int32 COMMENT 'Key: warehouse' CODEC(ZSTD(1)),
    `product_id` Int32 COMMENT 'Key: product' CODEC(ZSTD(1)),
    `op` LowCardinality(String) COMMENT 'c insert, u update, d delete, r snapshot read, t truncate',
    `quantity` Int32 COMMENT 'Units after the change; 0 after a delete' CODEC(ZSTD(1)),
    `quantity_before` Int32 COMMENT 'Units before the change; 0 before an insert' CODEC(ZSTD(1)),
    `updated_at` DateTime64(6, 'UTC') COMMENT 'The row\'s own updated_at after the change (before it, for a delete)' CODEC(Delta(8), ZSTD(1)),
    `updated_at_before` DateTime64(6, 'UTC') COMMENT 'The row\'s updated_at before the change' CODEC(Delta(8), ZSTD(1)),
    `tx_id` UInt64 COMMENT 'Transaction id in the WMS' CODEC(Delta(8), ZSTD(1)),
    `committed_at` DateTime64(6, 'UTC') COMMENT 'Commit in the WMS (snapshot time for op r)' CODEC(Delta(8), ZSTD(1)),
    `captured_at` DateTime64(3, 'UTC') COMMENT 'Debezium read the change' CODEC(DoubleDelta, ZSTD(1)),
    `queued_at` DateTime64(3, 'UTC') COMMENT 'Kafka took the message' CODEC(DoubleDelta, ZSTD(1)),
    `arrived_at` DateTime64(3, 'UTC') COMMENT 'ClickHouse inserted the change' CODEC(DoubleDelta, ZSTD(1)),
    `kafka_topic` LowCardinality(String) COMMENT 'Where the message stands in Kafka: topic',
    `kafka_partition` UInt16 COMMENT 'Partition' CODEC(ZSTD(1)),
    `kafka_offset` UInt64 COMMENT 'Offset' CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(committed_at)
ORDER BY (lsn, warehouse_id, product_id, op)
TTL toDate(committed_at) + toIntervalDay(90)
SETTINGS min_parts_to_merge_at_once = 10, auto_statistics_types = '', index_granularity = 8192
COMMENT 'Change log of WMS public.stock_balances';

CREATE TABLE wms.products
(
    `product_id` Int32 COMMENT 'Key',
    `product_name` String COMMENT 'Name, as shown to people',
    `product_category` String COMMENT 'Assortment matrix (матрица) that the product belongs to'
)
ENGINE = MergeTree
ORDER BY product_id
SETTINGS index_granularity = 8192
COMMENT 'Products that warehouses may hold (WMS public.products, read daily)';

CREATE TABLE wms.products_stage
(
    `product_id` Int32 COMMENT 'Key',
    `product_name` String COMMENT 'Name, as shown to people',
    `product_category` String COMMENT 'Assortment matrix (матрица) that the product belongs to'
)
ENGINE = MergeTree
ORDER BY product_id
SETTINGS index_granularity = 8192
COMMENT 'Products that warehouses may hold (WMS public.products, read daily)';

CREATE TABLE wms.reference_loads
(
    `loaded_at` DateTime64(3, 'UTC') COMMENT 'When the load was published',
    `run_id` String COMMENT 'Airflow\'s run of wms_reference_daily',
    `table_name` LowCardinality(String) COMMENT 'regions, warehouses or products',
    `rows` UInt64 COMMENT 'Rows published',
    `seconds` Float64 COMMENT 'How long reading the table from the WMS took'
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (table_name, run_id)
SETTINGS index_granularity = 8192
COMMENT 'Published loads of the reference tables';

CREATE TABLE wms.regions
(
    `region_id` Int32 COMMENT 'Key',
    `region_name` String COMMENT 'Name, as shown to people'
)
ENGINE = MergeTree
ORDER BY region_id
SETTINGS index_granularity = 8192
COMMENT 'Regions that warehouses lie in (WMS public.regions, read daily)';

CREATE TABLE wms.regions_stage
(
    `region_id` Int32 COMMENT 'Key',
    `region_name` String COMMENT 'Name, as shown to people'
)
ENGINE = MergeTree
ORDER BY region_id
SETTINGS index_granularity = 8192
COMMENT 'Regions that warehouses lie in (WMS public.regions, read daily)';

CREATE TABLE wms.stock_balances
(
    `warehouse_id` Int32 COMMENT 'Warehouse',
    `product_id` Int32 COMMENT 'Product',
    `quantity` Int32 COMMENT 'Units on the shelf' CODEC(ZSTD(1)),
    `updated_at` DateTime64(6, 'UTC') COMMENT 'When the WMS changed the row' CODEC(Delta(8), ZSTD(1)),
    `version` UInt64 COMMENT 'LSN of the change: the larger wins, so a replay or a late arrival changes nothing' CODEC(Delta(8), ZSTD(1)),
    `is_deleted` UInt8 COMMENT '1: the row was deleted by this version' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (warehouse_id, product_id)
SETTINGS min_parts_to_merge_at_once = 10, auto_statistics_types = '', index_granularity = 8192
COMMENT 'Current stock balances, fed by the change log';

CREATE VIEW wms.stock_balances_as_of
AS WITH
    first_later_change AS
    (
        SELECT
            warehouse_id,
            product_id,
            argMin((op, quantity_before, updated_at_before), (lsn, op != 'd')) AS undone
        FROM wms.kafka_wms_stock_balances
        WHERE (committed_at > {moment:DateTime64(6, 'UTC')}) AND (op IN ('c', 'u', 'd'))
        GROUP BY
            warehouse_id,
            product_id
    )
SELECT
    warehouse_id,
    product_id,
    quantity,
    updated_at
FROM wms.stock_balances_v
WHERE (warehouse_id, product_id) NOT IN (
    SELECT
        warehouse_id,
        product_id
    FROM first_later_change
)
UNION ALL
WITH
    first_later_change AS
    (
        SELECT
            warehouse_id,
            product_id,
            argMin((op, quantity_before, updated_at_before), (lsn, op != 'd')) AS undone
        FROM wms.kafka_wms_stock_balances
        WHERE (committed_at > {moment:DateTime64(6, 'UTC')}) AND (op IN ('c', 'u', 'd'))
        GROUP BY
            warehouse_id,
            product_id
    )
SELECT
    warehouse_id,
    product_id,
    undone.2 AS quantity,
    undone.3 AS updated_at
FROM first_later_change
WHERE (undone.1) != 'c';

CREATE MATERIALIZED VIEW wms.stock_balances_errors_mv TO wms.ingest_errors
(
    `arrived_at` DateTime64(3, 'UTC'),
    `kafka_topic` String,
    `kafka_partition` UInt16,
    `kafka_offset` UInt64,
    `reason` String,
    `payload` String
)
AS SELECT
    now64(3, 'UTC') AS arrived_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    reason,
    payload
FROM wms.stock_balances_inbox
WHERE reason != '';

CREATE TABLE wms.stock_balances_inbox
(
    `reason` String COMMENT 'Empty, or why the message cannot be applied',
    `payload` String COMMENT 'The message, when it cannot be applied',
    `op` String,
    `before` Tuple(
        warehouse_id Nullable(Int32),
        product_id Nullable(Int32),
        quantity Nullable(Int32),
        updated_at Nullable(String)),
    `after` Tuple(
        id Nullable(Int32),
        sent_at Nullable(String),
        warehouse_id Nullable(Int32),
        product_id Nullable(Int32),
        quantity Nullable(Int32),
        updated_at Nullable(String)),
    `lsn` UInt64,
    `tx_id` UInt64,
    `committed_at` DateTime64(6, 'UTC'),
    `captured_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `kafka_topic` String,
    `kafka_partition` UInt16,
    `kafka_offset` UInt64
)
ENGINE = `Null`
COMMENT 'Parsed messages of the stock topics on their way';

CREATE MATERIALIZED VIEW wms.stock_balances_log_mv TO wms.kafka_wms_stock_balances
(
    `lsn` UInt64,
    `op` String,
    `tx_id` UInt64,
    `committed_at` DateTime64(6, 'UTC'),
    `captured_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `arrived_at` DateTime64(3, 'UTC'),
    `kafka_topic` String,
    `kafka_partition` UInt16,
    `kafka_offset` UInt64,
    `warehouse_id` Int32,
    `product_id` Int32,
    `quantity` Int32,
    `quantity_before` Int32,
    `updated_at` DateTime64(6, 'UTC'),
    `updated_at_before` DateTime64(6, 'UTC')
)
AS SELECT
    lsn,
    op,
    tx_id,
    committed_at,
    captured_at,
    queued_at,
    now64(3, 'UTC') AS arrived_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    ifNull(if(op = 'd', before.warehouse_id, after.warehouse_id), 0) AS warehouse_id,
    ifNull(if(op = 'd', before.product_id, after.product_id), 0) AS product_id,
    ifNull(after.quantity, 0) AS quantity,
    ifNull(before.quantity, 0) AS quantity_before,
    parseDateTime64BestEffortOrZero(ifNull(if(op = 'd', before.updated_at, after.updated_at), ''), 6, 'UTC') AS updated_at,
    parseDateTime64BestEffortOrZero(ifNull(before.updated_at, ''), 6, 'UTC') AS updated_at_before
FROM wms.stock_balances_inbox
WHERE (reason = '') AND (kafka_topic = 'wms.public.stock_balances');

CREATE MATERIALIZED VIEW wms.stock_balances_mv TO wms.stock_balances
(
    `warehouse_id` Int32,
    `product_id` Int32,
    `quantity` Int32,
    `updated_at` DateTime64(6, 'UTC'),
    `version` UInt64,
    `is_deleted` LowCardinality(UInt8)
)
AS SELECT
    warehouse_id,
    product_id,
    quantity,
    updated_at,
    lsn AS version,
    op = 'd' AS is_deleted
FROM wms.kafka_wms_stock_balances
WHERE op != 't';

CREATE TABLE wms.stock_balances_queue
(
    `message` String
)
ENGINE = Kafka(wms_kafka)
SETTINGS kafka_topic_list = 'wms.public.stock_balances,wms.public.wms_heartbeat', kafka_group_name = 'clickhouse.stock_balances', kafka_format = 'RawBLOB', kafka_num_consumers = 1, kafka_max_block_size = 65536, kafka_poll_max_batch_size = 1, kafka_poll_timeout_ms = 500, kafka_flush_interval_ms = 100, kafka_consumer_reschedule_ms = 10;

CREATE MATERIALIZED VIEW wms.stock_balances_queue_mv TO wms.stock_balances_inbox
(
    `reason` Nullable(String),
    `payload` String,
    `op` String,
    `before` Tuple(
        warehouse_id Nullable(Int32),
        product_id Nullable(Int32),
        quantity Nullable(Int32),
        updated_at Nullable(String)),
    `after` Tuple(
        id Nullable(Int32),
        sent_at Nullable(String),
        warehouse_id Nullable(Int32),
        product_id Nullable(Int32),
        quantity Nullable(Int32),
        updated_at Nullable(String)),
    `lsn` UInt64,
    `tx_id` UInt64,
    `committed_at` DateTime64(6, 'UTC'),
    `captured_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt64,
    `kafka_offset` UInt64
)
AS WITH
    JSONExtract(message, 'Tuple(\n    op Nullable(String),\n    before Tuple(\n        warehouse_id Nullable(Int32), product_id Nullable(Int32), quantity Nullable(Int32), updated_at Nullable(String)),\n    after Tuple(\n        id Nullable(Int32), sent_at Nullable(String),\n        warehouse_id Nullable(Int32), product_id Nullable(Int32), quantity Nullable(Int32), updated_at Nullable(String)),\n    source Tuple(lsn Nullable(UInt64), txId Nullable(UInt64), ts_us Nullable(Int64)),\n    ts_ms Nullable(Int64)\n)') AS envelope
SELECT
    multiIf(envelope.op IS NULL, if(isValidJSON(message), 'not a Debezium envelope: no op', 'not JSON'), (envelope.op NOT IN ('c', 'u', 'd', 'r', 't')), concat('unknown operation: ', envelope.op), (envelope.source.lsn IS NULL) OR (envelope.source.ts_us IS NULL), 'no source position (lsn, ts_us)', (_topic = 'wms.public.wms_heartbeat') OR (envelope.op = 't'), '', (envelope.op = 'd') AND ((envelope.before.warehouse_id IS NULL) OR (envelope.before.product_id IS NULL)), 'no key (warehouse_id, product_id) in before', envelope.op = 'd', '', (envelope.after.warehouse_id IS NULL) OR (envelope.after.product_id IS NULL), 'no key (warehouse_id, product_id) in after', envelope.after.quantity IS NULL, 'no quantity, or none that fits Int32', '') AS reason,
    if(reason = '', '', message) AS payload,
    ifNull(envelope.op, '') AS op,
    envelope.before AS before,
    envelope.after AS after,
    ifNull(envelope.source.lsn, 0) AS lsn,
    ifNull(envelope.source.txId, 0) AS tx_id,
    fromUnixTimestamp64Micro(ifNull(envelope.source.ts_us, 0), 'UTC') AS committed_at,
    fromUnixTimestamp64Milli(ifNull(envelope.ts_ms, 0), 'UTC') AS captured_at,
    ifNull(_timestamp_ms, toDateTime64(0, 3, 'UTC')) AS queued_at,
    _topic AS kafka_topic,
    _partition AS kafka_partition,
    _offset AS kafka_offset
FROM wms.stock_balances_queue;

CREATE TABLE wms.stock_balances_truncates
(
    `lsn` UInt64 COMMENT 'WAL position of the TRUNCATE',
    `committed_at` DateTime64(6, 'UTC') COMMENT 'Commit in the WMS'
)
ENGINE = ReplacingMergeTree
ORDER BY lsn
SETTINGS index_granularity = 8192
COMMENT 'TRUNCATEs of WMS public.stock_balances';

CREATE MATERIALIZED VIEW wms.stock_balances_truncates_mv TO wms.stock_balances_truncates
(
    `lsn` UInt64,
    `committed_at` DateTime64(6, 'UTC')
)
AS SELECT
    lsn,
    committed_at
FROM wms.kafka_wms_stock_balances
WHERE op = 't';

CREATE VIEW wms.stock_balances_v
(
    `warehouse_id` Int32,
    `product_id` Int32,
    `quantity` Int32,
    `updated_at` DateTime64(6, 'UTC')
)
AS SELECT
    warehouse_id,
    product_id,
    quantity,
    updated_at
FROM wms.stock_balances
FINAL
WHERE (is_deleted = 0) AND (version > (
    SELECT max(lsn)
    FROM wms.stock_balances_truncates
));

CREATE TABLE wms.warehouses
(
    `warehouse_id` Int32 COMMENT 'Key',
    `warehouse_name` String COMMENT 'Name, as shown to people',
    `region_id` Int32 COMMENT 'Region that the warehouse lies in, always one of regions'
)
ENGINE = MergeTree
ORDER BY warehouse_id
SETTINGS index_granularity = 8192
COMMENT 'Warehouses that hold stock (WMS public.warehouses, read daily)';

CREATE TABLE wms.warehouses_stage
(
    `warehouse_id` Int32 COMMENT 'Key',
    `warehouse_name` String COMMENT 'Name, as shown to people',
    `region_id` Int32 COMMENT 'Region that the warehouse lies in, always one of regions'
)
ENGINE = MergeTree
ORDER BY warehouse_id
SETTINGS index_granularity = 8192
COMMENT 'Warehouses that hold stock (WMS public.warehouses, read daily)';
