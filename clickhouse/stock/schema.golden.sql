-- What clickhouse/stock makes of an empty engine, by SHOW CREATE TABLE. Written by a test; never run.

CREATE VIEW wms.assortment_v
(
    `warehouse_id` Int32,
    `product_category` String,
    `product_ids` AggregateFunction(groupBitmap, UInt32)
)
AS WITH
    (
        SELECT (settled_lsn, is_known)
        FROM wms.last_count_v
    ) AS last_count,
    bitmapBuild(emptyArrayUInt32()) AS none
SELECT
    warehouse_id,
    product_category,
    bitmapOr(bitmapAndnot(groupBitmapMergeState(counted), groupBitmapMergeState(moved)), groupBitmapMergeState(present)) AS product_ids
FROM
(
    SELECT
        warehouse_id,
        product_category,
        product_ids AS counted,
        none AS moved,
        none AS present
    FROM wms.stock_bands
    WHERE (kind = 'assortment') AND tupleElement(last_count, 2)
    UNION ALL
    SELECT
        positions.warehouse_id,
        ifNull(products.product_category, ''),
        none,
        groupBitmapStateIf(toUInt32(positions.product_id), has_moved),
        groupBitmapStateIf(toUInt32(positions.product_id), is_present)
    FROM
    (
        SELECT
            warehouse_id,
            product_id,
            1 AS has_moved,
            is_there AND (quantity > 0) AS is_present
        FROM wms.moved_positions_v
        UNION ALL
        SELECT
            warehouse_id,
            product_id,
            0,
            1
        FROM wms.stock_balances_v
        WHERE (NOT tupleElement(last_count, 2)) AND (quantity > 0)
    ) AS positions
    ANY LEFT JOIN wms.products ON positions.product_id = products.product_id
    GROUP BY
        positions.warehouse_id,
        products.product_category
)
GROUP BY
    warehouse_id,
    product_category;

CREATE VIEW wms.change_log_v
(
    `begins_at` Nullable(DateTime64(6, 'UTC')),
    `week_begins_at` Nullable(DateTime64(6, 'UTC')),
    `days_of_week` Nullable(Float64)
)
AS SELECT
    greatest((
        SELECT min(committed_at)
        FROM wms.kafka_wms_stock_balances
    ), (
        SELECT max(committed_at)
        FROM wms.stock_balances_truncates
    ), (
        SELECT max(loaded_at)
        FROM wms.stock_balances_loads
    )) AS begins_at,
    greatest(begins_at, now64(6, 'UTC') - toIntervalDay(7)) AS week_begins_at,
    greatest(dateDiff('second', week_begins_at, now64(6, 'UTC')) / 86400, 1) AS days_of_week;

CREATE TABLE wms.freshness_minutes
(
    `minute` DateTime('UTC') COMMENT 'Minute of the commits in the WMS',
    `table_name` LowCardinality(String) COMMENT 'Which captured table',
    `kind` LowCardinality(String) COMMENT 'heartbeat or change',
    `events` UInt64 COMMENT 'How many arrived',
    `p50_seconds` Float32 COMMENT 'Commit to visible, median',
    `p95_seconds` Float32 COMMENT '95th percentile',
    `p99_seconds` Float32 COMMENT '99th percentile',
    `max_seconds` Float32 COMMENT 'The slowest',
    `computed_at` DateTime('UTC') COMMENT 'When this row was computed'
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (table_name, kind, minute)
TTL minute + toIntervalYear(1)
SETTINGS index_granularity = 8192
COMMENT 'Freshness by the minute';

CREATE MATERIALIZED VIEW wms.freshness_minutes_mv
REFRESH EVERY 1 MINUTE APPEND TO wms.freshness_minutes
(
    `minute` DateTime('UTC'),
    `table_name` String,
    `kind` String,
    `events` UInt64,
    `p50_seconds` Float64,
    `p95_seconds` Float64,
    `p99_seconds` Float64,
    `max_seconds` Float64,
    `computed_at` DateTime('UTC')
)
DEFINER = default SQL SECURITY DEFINER
AS SELECT
    minute,
    'stock_balances' AS table_name,
    kind,
    count() AS events,
    quantile(0.5)(seconds) AS p50_seconds,
    quantile(0.95)(seconds) AS p95_seconds,
    quantile(0.99)(seconds) AS p99_seconds,
    max(seconds) AS max_seconds,
    now('UTC') AS computed_at
FROM
(
    SELECT
        toStartOfMinute(sent_at) AS minute,
        'heartbeat' AS kind,
        dateDiff('microsecond', sent_at, arrived_at) / 1000000. AS seconds
    FROM wms.heartbeats
    WHERE (source = 'wms') AND (sent_at >= toStartOfMinute(now('UTC') - toIntervalMinute(15)))
    UNION ALL
    SELECT
        toStartOfMinute(committed_at) AS minute,
        'change' AS kind,
        dateDiff('microsecond', committed_at, arrived_at) / 1000000. AS seconds
    FROM wms.kafka_wms_stock_balances
    WHERE (committed_at >= toStartOfMinute(now('UTC') - toIntervalMinute(15))) AND (op IN ('c', 'u', 'd')) AND (tx_id != 0)
)
GROUP BY
    minute,
    kind;

CREATE VIEW wms.freshness_objective_v
(
    `table_name` String,
    `objective_seconds` Float64,
    `arrived` UInt64,
    `late` UInt64,
    `missing` UInt64,
    `p99_seconds` Float64,
    `burn` Float64
)
AS WITH
    0.01 AS allowed,
    2 AS heartbeat_seconds,
    assumeNotNull((
        SELECT min(arrived_at)
        FROM wms.heartbeats
        WHERE source = 'wms'
    )) AS begins_at,
    beats AS
    (
        SELECT
            greatest(sent_at, begins_at) AS due_from,
            dateDiff('microsecond', due_from, arrived_at) / 1000000. AS seconds,
            leadInFrame(due_from, 1, now64(6, 'UTC')) OVER (ORDER BY due_from ASC ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next_from
        FROM wms.heartbeats
        FINAL
        WHERE (source = 'wms') AND (sent_at > (now64(6, 'UTC') - toIntervalHour(1)))
    )
SELECT
    'stock_balances' AS table_name,
    2. AS objective_seconds,
    count() AS arrived,
    countIf(seconds > objective_seconds) AS late,
    toUInt64(sum(if(dateDiff('second', due_from, next_from) > (3 * heartbeat_seconds), intDiv(dateDiff('second', due_from, next_from), heartbeat_seconds) - 1, 0))) AS missing,
    quantileExact(0.99)(seconds) AS p99_seconds,
    if((arrived + missing) = 0, 1, (late + missing) / (arrived + missing)) / allowed AS burn
FROM beats;

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
SETTINGS ttl_only_drop_parts = 1, min_parts_to_merge_at_once = 20, merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0, auto_statistics_types = '', index_granularity = 8192
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
    sent_at,
    captured_at,
    queued_at,
    arrived_at
FROM wms.stock_balances_notices
WHERE kind = 'heartbeat';

CREATE TABLE wms.ingest_errors
(
    `arrived_at` DateTime64(3, 'UTC') COMMENT 'When ClickHouse met the message',
    `kafka_topic` LowCardinality(String) COMMENT 'Where it stands in Kafka: topic',
    `kafka_partition` UInt16 COMMENT 'Partition',
    `kafka_offset` UInt64 COMMENT 'Offset',
    `payload` String COMMENT 'The message as it came' CODEC(ZSTD(3)),
    `op` String ALIAS JSONExtractString(payload, 'op') COMMENT 'Operation, if the message names one',
    `row` String ALIAS JSONExtractRaw(payload, if(op = 'd', 'before', 'after')) COMMENT 'The row, if the message has one',
    `reason` String ALIAS multiIf(NOT isValidJSON(payload), 'not JSON', op = '', 'not a Debezium envelope: no op', (op NOT IN ('c', 'u', 'd', 'r', 't')), concat('unknown operation: ', op), (JSONExtractUInt(payload, 'source', 'lsn') = 0) OR (JSONExtractInt(payload, 'source', 'ts_us') = 0), 'no source position (lsn, ts_us)', kafka_topic = 'wms.public.wms_heartbeat', 'a heartbeat without a time (sent_at)', (accurateCastOrNull(JSONExtract(row, 'warehouse_id', 'Nullable(Float64)'), 'Int32') IS NULL) OR (accurateCastOrNull(JSONExtract(row, 'product_id', 'Nullable(Float64)'), 'Int32') IS NULL), concat('no key (warehouse_id, product_id) in ', if(op = 'd', 'before', 'after')), (op != 'd') AND (accurateCastOrNull(JSONExtract(row, 'quantity', 'Nullable(Float64)'), 'Int32') IS NULL), 'no quantity, or no whole one that fits Int32', 'no updated_at, or none in the years 1 to 9999') COMMENT 'Why it was not applied'
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
    `kafka_offset` UInt64 COMMENT 'Offset' CODEC(DoubleDelta, ZSTD(1)),
    INDEX committed_at committed_at TYPE minmax GRANULARITY 4
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(committed_at)
ORDER BY (lsn, warehouse_id, product_id, op)
TTL toDate(committed_at) + toIntervalDay(90)
SETTINGS min_parts_to_merge_at_once = 20, merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0, auto_statistics_types = '', index_granularity = 8192, merge_selector_base = 20
COMMENT 'Change log of WMS public.stock_balances';

CREATE VIEW wms.largest_matrices_v
(
    `product_category` String
)
AS SELECT product_category
FROM wms.products
WHERE product_category != ''
GROUP BY product_category
ORDER BY
    count() DESC,
    product_category ASC
LIMIT 40;

CREATE VIEW wms.last_count_v
(
    `settled_lsn` Nullable(UInt64),
    `is_known` Nullable(UInt8)
)
AS WITH
    (
        SELECT max(settled_lsn)
        FROM wms.stock_bands
        WHERE kind = 'warehouse'
    ) AS settled
SELECT
    settled AS settled_lsn,
    (settled > 0) AND (max(truncated_lsn) = max(counted_truncated_lsn)) AND (max(loaded_at) < (max(counted_at) - toIntervalMinute(10))) AND (sum(snapshot_rows) = 0) AS is_known
FROM
(
    SELECT
        max(counts.truncated_lsn) AS counted_truncated_lsn,
        max(counts.counted_at) AS counted_at,
        toUInt64(0) AS truncated_lsn,
        toDateTime64(0, 6, 'UTC') AS loaded_at,
        toUInt64(0) AS snapshot_rows
    FROM wms.stock_bands AS counts
    WHERE kind = 'warehouse'
    UNION ALL
    SELECT
        0,
        toDateTime64(0, 6, 'UTC'),
        max(lsn),
        toDateTime64(0, 6, 'UTC'),
        0
    FROM wms.stock_balances_truncates
    UNION ALL
    SELECT
        0,
        toDateTime64(0, 6, 'UTC'),
        0,
        max(loads.loaded_at),
        0
    FROM wms.stock_balances_loads AS loads
    UNION ALL
    SELECT
        0,
        toDateTime64(0, 6, 'UTC'),
        0,
        toDateTime64(0, 6, 'UTC'),
        count()
    FROM wms.kafka_wms_stock_balances
    WHERE (lsn >= settled) AND (op IN ('r', 't'))
);

CREATE VIEW wms.moved_positions_v
(
    `warehouse_id` Int32,
    `product_id` Int32,
    `was_there` UInt8,
    `quantity_before` Int32,
    `is_there` UInt8,
    `quantity` Int32
)
AS WITH
    (
        SELECT (settled_lsn, is_known)
        FROM wms.last_count_v
    ) AS last_count
SELECT
    moved.warehouse_id AS warehouse_id,
    moved.product_id AS product_id,
    bitmapContains(counted.product_ids, toUInt32(moved.product_id)) AS was_there,
    moved.quantity_before AS quantity_before,
    tupleElement(moved.newest, 1) AS is_there,
    tupleElement(moved.newest, 2) AS quantity
FROM
(
    SELECT
        log.warehouse_id AS warehouse_id,
        log.product_id AS product_id,
        argMin(log.quantity_before, (log.lsn, log.op != 'd')) AS quantity_before,
        argMax((log.op != 'd', log.quantity), (log.lsn, log.op != 'd')) AS newest
    FROM wms.kafka_wms_stock_balances AS log
    ANY LEFT JOIN
    (
        SELECT
            warehouse_id,
            tupleElement(position, 1) AS product_id,
            tupleElement(position, 2) AS version
        FROM wms.stock_bands
        ARRAY JOIN recent AS position
        WHERE kind = 'warehouse'
    ) AS seen ON (log.warehouse_id = seen.warehouse_id) AND (log.product_id = seen.product_id)
    WHERE tupleElement(last_count, 2) AND (log.lsn >= tupleElement(last_count, 1)) AND (log.op IN ('c', 'u', 'd')) AND (log.lsn > ifNull(seen.version, 0))
    GROUP BY
        warehouse_id,
        product_id
) AS moved
ANY LEFT JOIN
(
    SELECT
        warehouse_id,
        product_ids
    FROM wms.stock_bands
    WHERE kind = 'warehouse'
) AS counted ON moved.warehouse_id = counted.warehouse_id;

CREATE VIEW wms.past_moments_v
(
    `moment` DateTime('UTC')
)
AS SELECT moment
FROM
(
    SELECT toStartOfTenMinutes(now('UTC')) - toIntervalMinute(10 * number) AS moment
    FROM numbers(18)
    UNION DISTINCT
    SELECT toStartOfHour(now('UTC')) - toIntervalHour(number) AS moment
    FROM numbers(48)
    UNION DISTINCT
    SELECT toDateTime(toStartOfDay(now('UTC')), 'UTC') - toIntervalDay(number) AS moment
    FROM numbers(31)
)
WHERE (moment >= (
    SELECT begins_at
    FROM wms.change_log_v
)) OR (moment = toStartOfTenMinutes(now('UTC')));

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

CREATE VIEW wms.products_v
(
    `product_id` Int32,
    `product_name` Nullable(String),
    `product_category` Nullable(String)
)
AS SELECT
    product_id,
    nullIf(product_name, '') AS product_name,
    nullIf(product_category, '') AS product_category
FROM wms.products;

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

CREATE VIEW wms.shelves_v
(
    `warehouse_id` Int32,
    `product_ids` AggregateFunction(groupBitmap, UInt32)
)
AS WITH
    (
        SELECT (settled_lsn, is_known)
        FROM wms.last_count_v
    ) AS last_count,
    bitmapBuild(emptyArrayUInt32()) AS none
SELECT
    warehouse_id,
    bitmapOr(bitmapAndnot(groupBitmapMergeState(counted), groupBitmapMergeState(moved)), groupBitmapMergeState(present)) AS product_ids
FROM
(
    SELECT
        warehouse_id,
        product_ids AS counted,
        none AS moved,
        none AS present
    FROM wms.stock_bands
    WHERE (kind = 'shelf') AND tupleElement(last_count, 2)
    UNION ALL
    SELECT
        warehouse_id,
        none,
        groupBitmapState(toUInt32(product_id)),
        groupBitmapStateIf(toUInt32(product_id), is_there AND (quantity != 0))
    FROM wms.moved_positions_v
    GROUP BY warehouse_id
    UNION ALL
    SELECT
        warehouse_id,
        none,
        none,
        groupBitmapState(toUInt32(product_id))
    FROM wms.stock_balances_v
    WHERE (NOT tupleElement(last_count, 2)) AND (quantity != 0)
    GROUP BY warehouse_id
)
GROUP BY warehouse_id;

CREATE TABLE wms.slot_health
(
    `asked_at` DateTime('UTC') COMMENT 'When the WMS was asked',
    `slot_name` LowCardinality(String) COMMENT 'Which slot',
    `is_active` UInt8 COMMENT '1: somebody reads it',
    `wal_status` LowCardinality(String) COMMENT 'reserved, extended, unreserved or lost; missing: there is no such slot',
    `restart_lsn` String COMMENT 'The WMS keeps its log from here on',
    `confirmed_lsn` String COMMENT 'Kafka has everything up to here',
    `bytes_until_lost` Nullable(Int64) COMMENT 'What may still be written before the slot is given up; NULL: no limit'
)
ENGINE = MergeTree
ORDER BY (slot_name, asked_at)
TTL asked_at + toIntervalDay(90)
SETTINGS index_granularity = 8192
COMMENT 'The replication slot over time';

CREATE MATERIALIZED VIEW wms.slot_health_mv
REFRESH EVERY 30 SECOND APPEND TO wms.slot_health
(
    `asked_at` DateTime('UTC'),
    `slot_name` String,
    `is_active` UInt8,
    `wal_status` String,
    `restart_lsn` String,
    `confirmed_lsn` String,
    `bytes_until_lost` Nullable(Int64)
)
DEFINER = default SQL SECURITY DEFINER
AS SELECT
    now('UTC') AS asked_at,
    wanted.slot_name AS slot_name,
    ifNull(found.active, 0) AS is_active,
    if(found.slot_name = '', 'missing', ifNull(found.wal_status, 'lost')) AS wal_status,
    ifNull(found.restart_lsn, '') AS restart_lsn,
    ifNull(found.confirmed_flush_lsn, '') AS confirmed_lsn,
    found.safe_wal_size AS bytes_until_lost
FROM
(
    SELECT 'sklad_stock' AS slot_name
) AS wanted
LEFT JOIN wms.wms_replication_slots AS found ON found.slot_name = wanted.slot_name;

CREATE VIEW wms.stalled_refreshes_v
(
    `view_name` String,
    `counted_at` DateTime,
    `reason` String
)
AS SELECT
    view AS view_name,
    coalesce(last_success_time, now() - uptime()) AS counted_at,
    extract(exception, '^[^\\n]{1,300}') AS reason
FROM system.view_refreshes
WHERE (database = currentDatabase()) AND (exception != '') AND (counted_at < (now() - toIntervalMinute(30)));

CREATE TABLE wms.stock_activity
(
    `warehouse_id` Int32 COMMENT 'Warehouse' CODEC(LZ4),
    `product_id` Int32 COMMENT 'Product' CODEC(LZ4),
    `quantity` Int64 COMMENT 'Units on the shelf when the log was read; 0 without a balance' CODEC(LZ4),
    `outflow_7d` Int64 COMMENT 'Units that left the shelf in the last 7 days. Deletions of the balance are not counted' CODEC(LZ4),
    `outflow_28d` Int64 COMMENT 'The same in the last 28 days' CODEC(ZSTD(1)),
    `net_28d` Int64 COMMENT 'Units now minus units 28 days ago, or at the beginning of the log' CODEC(ZSTD(1)),
    `last_outflow_at` Nullable(DateTime64(6, 'UTC')) COMMENT 'When units left the shelf last' CODEC(LZ4),
    `is_present` UInt8 COMMENT '1: the position came back last, 0: it ran out last' CODEC(LZ4),
    `presence_changed_at` Nullable(DateTime64(6, 'UTC')) COMMENT 'When it did' CODEC(LZ4),
    `presence_version` UInt64 COMMENT 'Which change that was: orders it among the changes of the position' CODEC(LZ4),
    `read_at` DateTime64(3, 'UTC') COMMENT 'When the log was read' CODEC(ZSTD(1)),
    `read_lsn` UInt64 COMMENT 'Changes up to this WAL position are settled: counted for good. 0: none, the log is read anew' CODEC(ZSTD(1)),
    `log_begins_at` DateTime64(6, 'UTC') COMMENT 'Commit of the oldest change that the log had' CODEC(ZSTD(1)),
    `settled_changes` UInt64 COMMENT 'Settled changes of the position since the beginning of the day before the reading: proves that none came late' CODEC(ZSTD(1)),
    `unsettled_7d` Int64 COMMENT 'How much of outflow_7d is not settled: the next reading counts it anew' CODEC(ZSTD(1)),
    `unsettled_28d` Int64 COMMENT 'The same of outflow_28d' CODEC(ZSTD(1)),
    `unsettled_net_28d` Int64 COMMENT 'The same of net_28d' CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (warehouse_id, product_id)
SETTINGS index_granularity = 8192
COMMENT 'What happened to each position, as far back as the change log reaches';

CREATE MATERIALIZED VIEW wms.stock_activity_mv
REFRESH AFTER 5 MINUTE TO wms.stock_activity
(
    `warehouse_id` Int32,
    `product_id` Int32,
    `quantity` Int64,
    `outflow_7d` Int64,
    `outflow_28d` Int64,
    `net_28d` Int64,
    `last_outflow_at` Nullable(DateTime64(6, 'UTC')),
    `is_present` UInt8,
    `presence_changed_at` Nullable(DateTime64(6, 'UTC')),
    `presence_version` UInt64,
    `read_at` DateTime64(3, 'UTC'),
    `read_lsn` UInt64,
    `log_begins_at` DateTime64(6, 'UTC'),
    `settled_changes` UInt64,
    `unsettled_7d` Int64,
    `unsettled_28d` Int64,
    `unsettled_net_28d` Int64
)
DEFINER = default SQL SECURITY DEFINER
AS WITH
    assumeNotNull((
        SELECT now64(3, 'UTC')
    )) AS read_time,
    assumeNotNull((
        SELECT max(read_at)
        FROM wms.stock_activity
    )) AS last_time,
    assumeNotNull((
        SELECT max(read_lsn)
        FROM wms.stock_activity
    )) AS last_lsn,
    assumeNotNull((
        SELECT min(committed_at)
        FROM wms.kafka_wms_stock_balances
    )) AS begins_at,
    assumeNotNull((
        SELECT (last_lsn > 0) AND (toDate(last_time) = toDate(read_time)) AND (begins_at = (
                SELECT max(log_begins_at)
                FROM wms.stock_activity
            )) AND ((
                SELECT count()
                FROM wms.kafka_wms_stock_balances
                WHERE (lsn > last_lsn) AND (op IN ('r', 't'))
            ) = 0) AND ((
                SELECT max(loaded_at)
                FROM wms.stock_balances_loads
            ) < (last_time - toIntervalMinute(10))) AND ((
                SELECT sum(settled_changes)
                FROM wms.stock_activity
            ) = (
                SELECT count()
                FROM wms.kafka_wms_stock_balances
                FINAL
                WHERE (lsn <= last_lsn) AND (committed_at >= (toDate(last_time) - 1)) AND (op != 't')
            )) AND ((
                SELECT count()
                FROM wms.kafka_wms_stock_balances
                WHERE lsn > last_lsn
            ) <= 5000000) AND ((
                SELECT count()
                FROM system.replicas
                WHERE (`table` = 'stock_activity') AND ((inserts_in_queue > 0) OR (log_pointer <= log_max_index))
            ) = 0)
    )) AS is_known,
    if(is_known, last_lsn, 0) AS known_lsn,
    assumeNotNull((
        SELECT greatest(known_lsn, max(lsn))
        FROM
        (
            SELECT lsn
            FROM wms.kafka_wms_stock_balances
            WHERE arrived_at < (read_time - toIntervalMinute(10))
            ORDER BY lsn DESC
            LIMIT 1
        )
    )) AS settled_lsn,
    changes AS
    (
        SELECT
            warehouse_id,
            product_id,
            op,
            quantity,
            quantity_before,
            lsn,
            committed_at
        FROM wms.kafka_wms_stock_balances
        FINAL
        WHERE (lsn > known_lsn) AND (op != 't') AND ((NOT is_known) OR (arrived_at < (read_time - toIntervalSecond(10))))
        UNION ALL
        SELECT
            warehouse_id,
            product_id,
            op,
            quantity,
            quantity_before,
            lsn,
            committed_at
        FROM wms.kafka_wms_stock_balances
        FINAL
        WHERE (lsn <= known_lsn) AND (op != 't') AND (((committed_at > (last_time - toIntervalDay(7))) AND (committed_at <= (read_time - toIntervalDay(7)))) OR ((committed_at > (last_time - toIntervalDay(28))) AND (committed_at <= (read_time - toIntervalDay(28)))))
    )
SELECT
    warehouse_id,
    product_id,
    argMax(units, units_version) AS quantity,
    sum(left_7d) AS outflow_7d,
    sum(left_28d) AS outflow_28d,
    sum(moved_28d) AS net_28d,
    max(left_at) AS last_outflow_at,
    argMax(present, presence) AS is_present,
    max(changed_at) AS presence_changed_at,
    max(presence) AS presence_version,
    read_time AS read_at,
    settled_lsn AS read_lsn,
    begins_at AS log_begins_at,
    sum(settled) AS settled_changes,
    sumIf(left_7d, NOT is_settled) AS unsettled_7d,
    sumIf(left_28d, NOT is_settled) AS unsettled_28d,
    sumIf(moved_28d, NOT is_settled) AS unsettled_net_28d
FROM
(
    WITH
        (lsn * 2) + (op != 'd') AS change_version,
        is_known AND (lsn > known_lsn) AS is_news,
        (op = 'u') AND (quantity < quantity_before) AS is_outflow,
        (quantity > 0) != (quantity_before > 0) AS changes_presence,
        (committed_at > (read_time - toIntervalDay(7))) - ((lsn <= known_lsn) AND (committed_at > (last_time - toIntervalDay(7)))) AS times_7d,
        (committed_at > (read_time - toIntervalDay(28))) - ((lsn <= known_lsn) AND (committed_at > (last_time - toIntervalDay(28)))) AS times_28d
    SELECT
        warehouse_id,
        product_id,
        if(is_news, quantity, 0) AS units,
        if(is_news, change_version, 0) AS units_version,
        if(is_outflow, quantity_before - quantity, 0) * times_7d AS left_7d,
        if(is_outflow, quantity_before - quantity, 0) * times_28d AS left_28d,
        if(op != 'r', quantity - quantity_before, 0) * times_28d AS moved_28d,
        if(is_outflow, committed_at, NULL) AS left_at,
        changes_presence AND (quantity > 0) AS present,
        if(changes_presence, committed_at, NULL) AS changed_at,
        if(changes_presence, change_version, 0) AS presence,
        lsn <= settled_lsn AS is_settled,
        (lsn > known_lsn) AND is_settled AND (committed_at >= (toDate(read_time) - 1)) AS settled
    FROM changes
    UNION ALL
    WITH
        (lsn * 2) + (op != 'd') AS change_version,
        is_known AND (lsn > known_lsn) AS is_news,
        (op = 'u') AND (quantity < quantity_before) AS is_outflow,
        (quantity > 0) != (quantity_before > 0) AS changes_presence,
        (committed_at > (read_time - toIntervalDay(7))) - ((lsn <= known_lsn) AND (committed_at > (last_time - toIntervalDay(7)))) AS times_7d,
        (committed_at > (read_time - toIntervalDay(28))) - ((lsn <= known_lsn) AND (committed_at > (last_time - toIntervalDay(28)))) AS times_28d
    SELECT
        warehouse_id,
        product_id,
        quantity AS units,
        1 AS units_version,
        outflow_7d - unsettled_7d AS left_7d,
        outflow_28d - unsettled_28d AS left_28d,
        net_28d - unsettled_net_28d AS moved_28d,
        last_outflow_at AS left_at,
        is_present AS present,
        presence_changed_at AS changed_at,
        presence_version AS presence,
        1 AS is_settled,
        settled_changes AS settled
    FROM wms.stock_activity
    WHERE is_known AND ((warehouse_id, product_id) IN (
        SELECT
            warehouse_id,
            product_id
        FROM changes
    ))
    UNION ALL
    WITH
        (lsn * 2) + (op != 'd') AS change_version,
        is_known AND (lsn > known_lsn) AS is_news,
        (op = 'u') AND (quantity < quantity_before) AS is_outflow,
        (quantity > 0) != (quantity_before > 0) AS changes_presence,
        (committed_at > (read_time - toIntervalDay(7))) - ((lsn <= known_lsn) AND (committed_at > (last_time - toIntervalDay(7)))) AS times_7d,
        (committed_at > (read_time - toIntervalDay(28))) - ((lsn <= known_lsn) AND (committed_at > (last_time - toIntervalDay(28)))) AS times_28d
    SELECT
        warehouse_id,
        product_id,
        quantity AS units,
        1 AS units_version,
        0 AS left_7d,
        0 AS left_28d,
        0 AS moved_28d,
        NULL AS left_at,
        0 AS present,
        NULL AS changed_at,
        0 AS presence,
        1 AS is_settled,
        0 AS settled
    FROM wms.stock_balances
    FINAL
    WHERE (NOT is_known) AND (is_deleted = 0) AND (version > (
        SELECT max(lsn)
        FROM wms.stock_balances_truncates
    ))
)
GROUP BY
    warehouse_id,
    product_id
UNION ALL
WITH
    assumeNotNull((
        SELECT now64(3, 'UTC')
    )) AS read_time,
    assumeNotNull((
        SELECT max(read_at)
        FROM wms.stock_activity
    )) AS last_time,
    assumeNotNull((
        SELECT max(read_lsn)
        FROM wms.stock_activity
    )) AS last_lsn,
    assumeNotNull((
        SELECT min(committed_at)
        FROM wms.kafka_wms_stock_balances
    )) AS begins_at,
    assumeNotNull((
        SELECT (last_lsn > 0) AND (toDate(last_time) = toDate(read_time)) AND (begins_at = (
                SELECT max(log_begins_at)
                FROM wms.stock_activity
            )) AND ((
                SELECT count()
                FROM wms.kafka_wms_stock_balances
                WHERE (lsn > last_lsn) AND (op IN ('r', 't'))
            ) = 0) AND ((
                SELECT max(loaded_at)
                FROM wms.stock_balances_loads
            ) < (last_time - toIntervalMinute(10))) AND ((
                SELECT sum(settled_changes)
                FROM wms.stock_activity
            ) = (
                SELECT count()
                FROM wms.kafka_wms_stock_balances
                FINAL
                WHERE (lsn <= last_lsn) AND (committed_at >= (toDate(last_time) - 1)) AND (op != 't')
            )) AND ((
                SELECT count()
                FROM wms.kafka_wms_stock_balances
                WHERE lsn > last_lsn
            ) <= 5000000) AND ((
                SELECT count()
                FROM system.replicas
                WHERE (`table` = 'stock_activity') AND ((inserts_in_queue > 0) OR (log_pointer <= log_max_index))
            ) = 0)
    )) AS is_known,
    if(is_known, last_lsn, 0) AS known_lsn,
    assumeNotNull((
        SELECT greatest(known_lsn, max(lsn))
        FROM
        (
            SELECT lsn
            FROM wms.kafka_wms_stock_balances
            WHERE arrived_at < (read_time - toIntervalMinute(10))
            ORDER BY lsn DESC
            LIMIT 1
        )
    )) AS settled_lsn,
    changes AS
    (
        SELECT
            warehouse_id,
            product_id,
            op,
            quantity,
            quantity_before,
            lsn,
            committed_at
        FROM wms.kafka_wms_stock_balances
        FINAL
        WHERE (lsn > known_lsn) AND (op != 't') AND ((NOT is_known) OR (arrived_at < (read_time - toIntervalSecond(10))))
        UNION ALL
        SELECT
            warehouse_id,
            product_id,
            op,
            quantity,
            quantity_before,
            lsn,
            committed_at
        FROM wms.kafka_wms_stock_balances
        FINAL
        WHERE (lsn <= known_lsn) AND (op != 't') AND (((committed_at > (last_time - toIntervalDay(7))) AND (committed_at <= (read_time - toIntervalDay(7)))) OR ((committed_at > (last_time - toIntervalDay(28))) AND (committed_at <= (read_time - toIntervalDay(28)))))
    )
SELECT
    warehouse_id,
    product_id,
    quantity,
    outflow_7d,
    outflow_28d,
    net_28d,
    last_outflow_at,
    is_present,
    presence_changed_at,
    presence_version,
    read_time AS read_at,
    settled_lsn AS read_lsn,
    begins_at AS log_begins_at,
    settled_changes,
    unsettled_7d,
    unsettled_28d,
    unsettled_net_28d
FROM wms.stock_activity
WHERE is_known AND ((warehouse_id, product_id) NOT IN (
    SELECT
        warehouse_id,
        product_id
    FROM changes
))
SETTINGS max_threads = 1, max_bytes_before_external_group_by = 0, max_bytes_ratio_before_external_group_by = 0.2, temporary_files_buffer_size = 65536, min_insert_block_size_rows = 250000, do_not_merge_across_partitions_select_final = 1;

CREATE TABLE wms.stock_balances
(
    `warehouse_id` Int32 COMMENT 'Warehouse' CODEC(ZSTD(1)),
    `product_id` Int32 COMMENT 'Product' CODEC(Delta(4), ZSTD(1)),
    `quantity` Int32 COMMENT 'Units on the shelf' CODEC(T64, ZSTD(1)),
    `updated_at` DateTime64(6, 'UTC') COMMENT 'When the WMS changed the row' CODEC(T64, ZSTD(1)),
    `version` UInt64 COMMENT 'LSN of the change: the larger wins, so a replay or a late arrival changes nothing' CODEC(T64, ZSTD(1)),
    `is_deleted` UInt8 COMMENT '1: the row was deleted by this version' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (warehouse_id, product_id)
SETTINGS min_parts_to_merge_at_once = 20, merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0, auto_statistics_types = '', index_granularity = 8192, merge_selector_base = 20
COMMENT 'Current stock balances, fed by the change log';

CREATE VIEW wms.stock_balances_as_of
AS WITH
    first_later_change AS
    (
        WITH
            (lsn * 2) + (op != 'd') AS version
        SELECT
            warehouse_id,
            product_id,
            argMin(quantity_before, version) AS quantity_then,
            argMin(updated_at_before, version) AS updated_at_then,
            argMin(op = 'c', version) AS was_created
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
WHERE ((warehouse_id, product_id) NOT IN (
    SELECT
        warehouse_id,
        product_id
    FROM wms.kafka_wms_stock_balances
    WHERE (committed_at > {moment:DateTime64(6, 'UTC')}) AND (op IN ('c', 'u', 'd'))
)) AND ((
    SELECT throwIf(toDate({moment:DateTime64(6, 'UTC')}) <= (today() - 90), 'what was there at that moment is not known: the change log keeps 90 days')
) = 0) AND ((
    SELECT throwIf(count() > 0, 'what was there at that moment is not known: a snapshot or a TRUNCATE came after it')
    FROM wms.kafka_wms_stock_balances
    WHERE (committed_at > {moment:DateTime64(6, 'UTC')}) AND (op IN ('r', 't'))
) = 0) AND ((
    SELECT throwIf(count() > 0, 'what was there at that moment is not known: the balances were first loaded after it')
    FROM wms.stock_balances_loads
    WHERE (loaded_at > {moment:DateTime64(6, 'UTC')}) AND is_first
) = 0)
UNION ALL
WITH
    first_later_change AS
    (
        WITH
            (lsn * 2) + (op != 'd') AS version
        SELECT
            warehouse_id,
            product_id,
            argMin(quantity_before, version) AS quantity_then,
            argMin(updated_at_before, version) AS updated_at_then,
            argMin(op = 'c', version) AS was_created
        FROM wms.kafka_wms_stock_balances
        WHERE (committed_at > {moment:DateTime64(6, 'UTC')}) AND (op IN ('c', 'u', 'd'))
        GROUP BY
            warehouse_id,
            product_id
    )
SELECT
    warehouse_id,
    product_id,
    quantity_then AS quantity,
    updated_at_then AS updated_at
FROM first_later_change
WHERE NOT was_created;

CREATE MATERIALIZED VIEW wms.stock_balances_errors_mv TO wms.ingest_errors
(
    `arrived_at` DateTime64(3, 'UTC'),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt64,
    `kafka_offset` UInt64,
    `payload` String
)
AS SELECT
    arrived_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    payload
FROM wms.stock_balances_notices
WHERE kind = 'error';

CREATE TABLE wms.stock_balances_inbox
(
    `kind` LowCardinality(String) COMMENT 'change, last read (of a snapshot), truncate, heartbeat, or error: it cannot be applied',
    `op` LowCardinality(String),
    `warehouse_id` Int32,
    `product_id` Int32,
    `quantity` Int32,
    `quantity_before` Int32,
    `updated_at` DateTime64(6, 'UTC'),
    `updated_at_before` DateTime64(6, 'UTC'),
    `sent_at` DateTime64(6, 'UTC') COMMENT 'Heartbeats: written in the WMS',
    `lsn` UInt64,
    `tx_id` UInt64,
    `committed_at` DateTime64(6, 'UTC'),
    `captured_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `arrived_at` DateTime64(3, 'UTC'),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt64,
    `kafka_offset` UInt64,
    `payload` String COMMENT 'The message, when it cannot be applied'
)
ENGINE = `Null`
COMMENT 'Parsed messages of the stock topics on their way';

CREATE TABLE wms.stock_balances_loads
(
    `loaded_at` DateTime64(6, 'UTC') COMMENT 'When the load was about to be published',
    `version` UInt64 COMMENT 'Version of the loaded rows: just below the position of the log where the stream goes on',
    `slot_lsn` UInt64 COMMENT 'Where the new slot begins',
    `rows` UInt64 COMMENT 'Rows read',
    `seconds` Float64 COMMENT 'How long reading took',
    `is_first` UInt8 COMMENT '1: there were no balances before; those of an earlier moment are not known'
)
ENGINE = MergeTree
ORDER BY loaded_at
SETTINGS index_granularity = 8192
COMMENT 'Bulk loads of WMS public.stock_balances';

CREATE MATERIALIZED VIEW wms.stock_balances_log_mv TO wms.kafka_wms_stock_balances
(
    `lsn` UInt64,
    `warehouse_id` Int32,
    `product_id` Int32,
    `op` LowCardinality(String),
    `quantity` Int32,
    `quantity_before` Int32,
    `updated_at` DateTime64(6, 'UTC'),
    `updated_at_before` DateTime64(6, 'UTC'),
    `tx_id` UInt64,
    `committed_at` DateTime64(6, 'UTC'),
    `captured_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `arrived_at` DateTime64(3, 'UTC'),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt64,
    `kafka_offset` UInt64
)
AS SELECT
    lsn,
    warehouse_id,
    product_id,
    op,
    quantity,
    quantity_before,
    updated_at,
    updated_at_before,
    tx_id,
    committed_at,
    captured_at,
    queued_at,
    arrived_at,
    kafka_topic,
    kafka_partition,
    kafka_offset
FROM wms.stock_balances_inbox
WHERE kind IN ('change', 'last read', 'truncate');

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

CREATE TABLE wms.stock_balances_notices
(
    `kind` LowCardinality(String) COMMENT 'last read (of a snapshot), truncate, heartbeat, or error: it cannot be applied',
    `sent_at` DateTime64(6, 'UTC') COMMENT 'Heartbeats: written in the WMS',
    `lsn` UInt64,
    `committed_at` DateTime64(6, 'UTC'),
    `captured_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `arrived_at` DateTime64(3, 'UTC'),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt64,
    `kafka_offset` UInt64,
    `payload` String COMMENT 'The message, when it cannot be applied'
)
ENGINE = `Null`
COMMENT 'Messages of the stock topics that are not just a change, on their way';

CREATE MATERIALIZED VIEW wms.stock_balances_notices_mv TO wms.stock_balances_notices
(
    `kind` LowCardinality(String),
    `sent_at` DateTime64(6, 'UTC'),
    `lsn` UInt64,
    `committed_at` DateTime64(6, 'UTC'),
    `captured_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3, 'UTC'),
    `arrived_at` DateTime64(3, 'UTC'),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt64,
    `kafka_offset` UInt64,
    `payload` String
)
AS SELECT
    kind,
    sent_at,
    lsn,
    committed_at,
    captured_at,
    queued_at,
    arrived_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    payload
FROM wms.stock_balances_inbox
WHERE kind != 'change';

CREATE MATERIALIZED VIEW wms.stock_balances_overtaken_mv
REFRESH EVERY 5 SECOND APPEND TO wms.stock_balances
(
    `warehouse_id` Int32,
    `product_id` Int32,
    `quantity` Int32,
    `updated_at` DateTime64(6, 'UTC'),
    `version` Nullable(UInt64),
    `is_deleted` UInt8
)
DEFINER = default SQL SECURITY DEFINER
AS WITH
    (
        SELECT argMax((lsn + 1, kafka_offset, committed_at), lsn)
        FROM wms.stock_balances_truncates
        WHERE is_snapshot
    ) AS snapshot,
    overtaken AS
    (
        SELECT
            warehouse_id,
            product_id,
            argMax((quantity, updated_at, op), (lsn, op != 'd')) AS newest
        FROM wms.kafka_wms_stock_balances
        WHERE (lsn < (snapshot.1)) AND (kafka_offset > (snapshot.2)) AND (committed_at > ((snapshot.3) - toIntervalDay(1))) AND (op IN ('c', 'u', 'd'))
        GROUP BY
            warehouse_id,
            product_id
    ),
    written AS
    (
        SELECT
            warehouse_id,
            product_id,
            max(version) AS newest_version
        FROM wms.stock_balances
        WHERE ((warehouse_id, product_id) IN (
            SELECT
                warehouse_id,
                product_id
            FROM overtaken
        )) AND (version > (snapshot.1))
        GROUP BY
            warehouse_id,
            product_id
    ),
    shown AS
    (
        SELECT
            warehouse_id,
            product_id,
            quantity,
            updated_at
        FROM wms.stock_balances
        FINAL
        WHERE (warehouse_id, product_id) IN (
            SELECT
                warehouse_id,
                product_id
            FROM written
        )
    )
SELECT
    warehouse_id,
    product_id,
    newest.1 AS quantity,
    newest.2 AS updated_at,
    (snapshot.1) + 1 AS version,
    (newest.3) = 'd' AS is_deleted
FROM overtaken
WHERE ((warehouse_id, product_id) NOT IN (
    SELECT
        warehouse_id,
        product_id
    FROM written
)) OR (((warehouse_id, product_id) IN (
    SELECT
        warehouse_id,
        product_id
    FROM written
    WHERE newest_version = ((snapshot.1) + 1)
)) AND if(is_deleted, ((warehouse_id, product_id) IN (
    SELECT
        warehouse_id,
        product_id
    FROM shown
)), ((warehouse_id, product_id, quantity, updated_at) NOT IN (
    SELECT
        warehouse_id,
        product_id,
        quantity,
        updated_at
    FROM shown
))));

CREATE TABLE wms.stock_balances_queue
(
    `message` String
)
ENGINE = Kafka(wms_kafka)
SETTINGS kafka_topic_list = 'wms.public.stock_balances,wms.public.wms_heartbeat', kafka_group_name = 'clickhouse.stock_balances', kafka_format = 'RawBLOB', kafka_num_consumers = 1, kafka_max_block_size = 65536, kafka_poll_max_batch_size = 1, kafka_poll_timeout_ms = 2500, kafka_flush_interval_ms = 50, kafka_consumer_reschedule_ms = 10;

CREATE MATERIALIZED VIEW wms.stock_balances_queue_mv TO wms.stock_balances_inbox
(
    `kind` String,
    `op` LowCardinality(String),
    `warehouse_id` Int32,
    `product_id` Int32,
    `quantity` Int32,
    `quantity_before` Int32,
    `updated_at` DateTime64(6, 'UTC'),
    `updated_at_before` DateTime64(6, 'UTC'),
    `sent_at` DateTime64(6, 'UTC'),
    `lsn` UInt64,
    `tx_id` UInt64,
    `committed_at` DateTime64(6, 'UTC'),
    `captured_at` DateTime64(3, 'UTC'),
    `queued_at` DateTime64(3),
    `arrived_at` DateTime64(3, 'UTC'),
    `kafka_topic` LowCardinality(String),
    `kafka_partition` UInt64,
    `kafka_offset` UInt64,
    `payload` String
)
COMMENT 'SINK=engine, files …'
AS WITH
    JSONExtract(message, 'Tuple(\n        op LowCardinality(String),\n        before Tuple(\n            warehouse_id Nullable(Float64), product_id Nullable(Float64),\n            quantity Int32, updated_at Nullable(DateTime64(6, \'UTC\'))),\n        after Tuple(\n            warehouse_id Nullable(Float64), product_id Nullable(Float64),\n            quantity Nullable(Float64), updated_at Nullable(DateTime64(6, \'UTC\')),\n            sent_at Nullable(DateTime64(6, \'UTC\'))),\n        source Tuple(lsn UInt64, txId UInt64, ts_us Int64, snapshot LowCardinality(String)),\n        ts_ms Int64)') AS envelope,
    tupleElement(envelope, 'before') AS old_row,
    tupleElement(envelope, 'after') AS new_row,
    tupleElement(envelope, 'source') AS source,
    tupleElement(source, 'ts_us') AS commit_us,
    accurateCastOrNull(tupleElement(new_row, 'quantity'), 'Int32') AS new_quantity,
    tupleElement(new_row, 'sent_at') AS heartbeat_at,
    accurateCastOrNull(if(op = 'd', tupleElement(old_row, 'warehouse_id'), tupleElement(new_row, 'warehouse_id')), 'Int32') AS warehouse,
    accurateCastOrNull(if(op = 'd', tupleElement(old_row, 'product_id'), tupleElement(new_row, 'product_id')), 'Int32') AS product,
    tupleElement(old_row, 'updated_at') AS old_updated_at,
    if(op = 'd', old_updated_at, tupleElement(new_row, 'updated_at')) AS row_updated_at
SELECT
    multiIf((lsn = 0) OR (commit_us = 0) OR (op NOT IN ('c', 'u', 'd', 'r', 't')), 'error', _topic = 'wms.public.wms_heartbeat', if(heartbeat_at IS NULL, 'error', 'heartbeat'), op = 't', 'truncate', (warehouse IS NULL) OR (product IS NULL), 'error', (op != 'd') AND ((new_quantity IS NULL) OR (row_updated_at IS NULL)), 'error', (op = 'r') AND (tupleElement(source, 'snapshot') IN ('last', 'last_in_data_collection')), 'last read', 'change') AS kind,
    tupleElement(envelope, 'op') AS op,
    ifNull(warehouse, 0) AS warehouse_id,
    ifNull(product, 0) AS product_id,
    ifNull(new_quantity, 0) AS quantity,
    tupleElement(old_row, 'quantity') AS quantity_before,
    ifNull(row_updated_at, toDateTime64(0, 6, 'UTC')) AS updated_at,
    ifNull(old_updated_at, toDateTime64(0, 6, 'UTC')) AS updated_at_before,
    ifNull(heartbeat_at, toDateTime64(0, 6, 'UTC')) AS sent_at,
    tupleElement(source, 'lsn') AS lsn,
    tupleElement(source, 'txId') AS tx_id,
    fromUnixTimestamp64Micro(commit_us, 'UTC') AS committed_at,
    fromUnixTimestamp64Milli(tupleElement(envelope, 'ts_ms'), 'UTC') AS captured_at,
    ifNull(_timestamp_ms, toDateTime64(0, 3, 'UTC')) AS queued_at,
    now64(3, 'UTC') AS arrived_at,
    _topic AS kafka_topic,
    _partition AS kafka_partition,
    _offset AS kafka_offset,
    if(kind = 'error', message, '') AS payload
FROM wms.stock_balances_queue;

CREATE TABLE wms.stock_balances_truncates
(
    `lsn` UInt64 COMMENT 'Versions up to this WAL position are gone',
    `committed_at` DateTime64(6, 'UTC') COMMENT 'Commit in the WMS, or when the snapshot was read',
    `is_snapshot` UInt8 COMMENT '1: a snapshot, 0: a TRUNCATE',
    `kafka_offset` UInt64 COMMENT 'Where it stands in the topic'
)
ENGINE = ReplacingMergeTree
ORDER BY lsn
SETTINGS index_granularity = 8192
COMMENT 'TRUNCATEs and snapshots of WMS public.stock_balances';

CREATE MATERIALIZED VIEW wms.stock_balances_truncates_mv TO wms.stock_balances_truncates
(
    `lsn` Variant(Int64, UInt64),
    `committed_at` DateTime64(6, 'UTC'),
    `is_snapshot` LowCardinality(UInt8),
    `kafka_offset` UInt64
)
AS SELECT
    if(kind = 'truncate', lsn, lsn - 1) AS lsn,
    committed_at,
    kind = 'last read' AS is_snapshot,
    kafka_offset
FROM wms.stock_balances_notices
WHERE kind IN ('truncate', 'last read');

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

CREATE TABLE wms.stock_bands
(
    `kind` LowCardinality(String) COMMENT 'band: a category\'s positions in one band of a warehouse; assortment: which of its products are there; shelf: which of all products; warehouse: all positions',
    `warehouse_id` Int32 COMMENT 'Warehouse',
    `product_category` String COMMENT 'Product category; empty when the product or its category is unknown, and for a shelf or warehouse',
    `band_from` Int16 COMMENT 'Band of quantities: its lower bound. -1: less than nothing, 0: nothing is there. Not a band: 0',
    `units` Int64 COMMENT 'Units on the shelf, all positions of the row together',
    `positions` Int64 COMMENT 'How many positions those are',
    `product_ids` AggregateFunction(groupBitmap, UInt32) COMMENT 'Assortment: products with more than nothing. Shelf: with other than nothing. Warehouse: all. Band: none',
    `recent` Array(Tuple(
        product_id Int32,
        version UInt64)) COMMENT 'Warehouse: which of them changed at settled_lsn or later, and where',
    `settled_lsn` UInt64 COMMENT 'Position in the WAL from which on changes may have been missing in this count; 0: not known',
    `truncated_lsn` UInt64 COMMENT 'LSN of the TRUNCATE, or snapshot, behind which balances count',
    `counted_at` DateTime64(6, 'UTC') COMMENT 'When counting began'
)
ENGINE = MergeTree
ORDER BY (kind, warehouse_id, product_category, band_from)
SETTINGS index_granularity = 8192
COMMENT 'Stock balances counted together: by warehouse, category and band of quantities, and by warehouse';

CREATE MATERIALIZED VIEW wms.stock_bands_mv
REFRESH AFTER 1 MINUTE TO wms.stock_bands
(
    `kind` String,
    `warehouse_id` Int32,
    `product_category` String,
    `band_from` Int16,
    `units` Int64,
    `positions` UInt64,
    `product_ids` AggregateFunction(groupBitmap, UInt32),
    `recent` Array(Tuple(
        Int32,
        UInt64)),
    `settled_lsn` Nullable(UInt64),
    `truncated_lsn` Nullable(UInt64),
    `counted_at` DateTime64(6, 'UTC')
)
DEFINER = default SQL SECURITY DEFINER
AS WITH
    (
        SELECT argMax(splitByChar('/', restart_lsn), asked_at)
        FROM wms.slot_health
        WHERE (restart_lsn != '') AND (asked_at < ((
            SELECT max(sent_at)
            FROM wms.heartbeats
            WHERE source = 'wms'
        ) - toIntervalSecond(10)))
    ) AS halves,
    arrayMap(half -> reinterpretAsUInt64(reverse(unhex(leftPad(half, 8, '0')))), halves) AS numbers,
    bitShiftLeft(numbers[1], 32) + (numbers[2]) AS restart_position,
    (
        SELECT if(((
                SELECT max(loaded_at)
                FROM wms.stock_balances_loads
            ) < (now64(6, 'UTC') - toIntervalMinute(10))) AND ((
                SELECT count()
                FROM wms.kafka_wms_stock_balances
                WHERE (lsn >= restart_position) AND (op IN ('r', 't'))
            ) = 0), restart_position, 0)
    ) AS settled,
    (
        SELECT max(lsn)
        FROM wms.stock_balances_truncates
    ) AS truncated
SELECT
    arrayJoin(['band', 'assortment', 'shelf', 'warehouse']) AS kind,
    warehouse_id,
    if((kind IN ('band', 'assortment')), category, '') AS product_category,
    toInt16(if(kind = 'band', band, 0)) AS band_from,
    sum(balances.units) AS units,
    sum(balances.positions) AS positions,
    groupBitmapMergeStateIf(balances.product_ids, ((kind = 'assortment') AND (band > 0)) OR ((kind = 'shelf') AND (band != 0)) OR (kind = 'warehouse')) AS product_ids,
    groupArrayArrayIf(balances.recent, kind = 'warehouse') AS recent,
    settled AS settled_lsn,
    truncated AS truncated_lsn,
    now64(6, 'UTC') AS counted_at
FROM
(
    SELECT
        warehouse_id,
        ifNull(products.product_category, '') AS category,
        roundDown(quantity, [-1, 0, 1, 10, 50, 100, 250, 500, 1000]) AS band,
        sum(quantity) AS units,
        count() AS positions,
        groupBitmapState(toUInt32(product_id)) AS product_ids,
        groupArrayIf((product_id, version), (settled > 0) AND (version >= settled)) AS recent
    FROM
    (
        SELECT
            warehouse_id,
            product_id,
            quantity,
            version
        FROM wms.stock_balances
        FINAL
        WHERE (is_deleted = 0) AND (version > truncated)
    ) AS state
    ANY LEFT JOIN wms.products ON state.product_id = products.product_id
    GROUP BY
        warehouse_id,
        category,
        band
) AS balances
GROUP BY
    kind,
    warehouse_id,
    product_category,
    band_from
SETTINGS max_threads = 1;

CREATE VIEW wms.stock_bands_v
(
    `warehouse_id` Int32,
    `product_category` String,
    `band_from` Int16,
    `units` Int64,
    `positions` Int64
)
AS WITH
    (
        SELECT (settled_lsn, is_known)
        FROM wms.last_count_v
    ) AS last_count
SELECT
    warehouse_id,
    product_category,
    band_from,
    units,
    positions
FROM wms.stock_bands
WHERE (kind = 'band') AND tupleElement(last_count, 2)
UNION ALL
WITH
    (
        SELECT (settled_lsn, is_known)
        FROM wms.last_count_v
    ) AS last_count
SELECT
    steps.warehouse_id AS warehouse_id,
    ifNull(products.product_category, '') AS product_category,
    toInt16(roundDown(tupleElement(step, 1), [-1, 0, 1, 10, 50, 100, 250, 500, 1000])) AS band_from,
    toInt64(tupleElement(step, 1)) * tupleElement(step, 2) AS units,
    toInt64(tupleElement(step, 2)) AS positions
FROM
(
    SELECT
        warehouse_id,
        product_id,
        arrayJoin([(quantity_before, -toInt8(was_there)), (quantity, toInt8(is_there))]) AS step
    FROM wms.moved_positions_v
    UNION ALL
    SELECT
        warehouse_id,
        product_id,
        (quantity, toInt8(1)) AS step
    FROM wms.stock_balances_v
    WHERE NOT tupleElement(last_count, 2)
) AS steps
ANY LEFT JOIN wms.products ON steps.product_id = products.product_id;

CREATE VIEW wms.stock_changes_v
(
    `lsn` UInt64,
    `committed_at` DateTime64(6, 'UTC'),
    `op` LowCardinality(String),
    `warehouse_id` Int32,
    `product_id` Int32,
    `quantity_before` Int32,
    `quantity` Int32,
    `delta` Int64
)
AS SELECT
    lsn,
    committed_at,
    op,
    warehouse_id,
    product_id,
    quantity_before,
    quantity,
    quantity - quantity_before AS delta
FROM wms.kafka_wms_stock_balances
FINAL
WHERE op IN ('c', 'u', 'd');

CREATE TABLE wms.stock_hours
(
    `hour` DateTime64(6, 'UTC') COMMENT 'Hour of the commits: its beginning' CODEC(Delta(8), ZSTD(1)),
    `warehouse_id` Int32 COMMENT 'Warehouse' CODEC(ZSTD(1)),
    `product_category` String COMMENT 'Product category; empty when the product or its category is unknown' CODEC(ZSTD(1)),
    `is_known_product` UInt8 COMMENT '1: products of the reference table, 0: others' CODEC(ZSTD(1)),
    `inflow` Int64 COMMENT 'Units that came onto the shelf, insertions of balances included' CODEC(ZSTD(1)),
    `outflow` Int64 COMMENT 'Units that left the shelf, deletions of balances included' CODEC(ZSTD(1)),
    `movements` UInt64 COMMENT 'Changes of a balance by some units' CODEC(ZSTD(1)),
    `ran_out` UInt64 COMMENT 'How often a position with units came to have none' CODEC(ZSTD(1)),
    `came_back` UInt64 COMMENT 'How often a position without units came to have some' CODEC(ZSTD(1)),
    `log_rows` UInt64 COMMENT 'Rows of the log that the hour has, each once, snapshot reads and TRUNCATEs included. If all hours of a day have as many as its partition, nothing came since' CODEC(ZSTD(1)),
    `catalogue` UInt64 COMMENT 'Checksum of all products and their categories when the day was read; 0 for unknown products' CODEC(ZSTD(1)),
    `counted_at` DateTime64(6, 'UTC') COMMENT 'When counting began, the same in all rows' CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (hour, warehouse_id, product_category, is_known_product)
SETTINGS index_granularity = 8192
COMMENT 'Movements of stock by hour, warehouse and category, as far back as the change log reaches';

CREATE MATERIALIZED VIEW wms.stock_hours_mv
REFRESH AFTER 5 MINUTE TO wms.stock_hours
(
    `hour` DateTime64(6, 'UTC'),
    `warehouse_id` Int32,
    `product_category` String,
    `is_known_product` UInt8,
    `inflow` Int64,
    `outflow` Int64,
    `movements` UInt64,
    `ran_out` UInt64,
    `came_back` UInt64,
    `log_rows` UInt64,
    `catalogue` UInt64,
    `counted_at` DateTime64(6, 'UTC')
)
DEFINER = default SQL SECURITY DEFINER
AS WITH
    (
        SELECT groupArray(counted.day)
        FROM
        (
            SELECT
                toDate(hour) AS day,
                sum(log_rows) AS day_rows,
                max(catalogue) AS day_catalogue
            FROM wms.stock_hours
            GROUP BY day
        ) AS counted
        INNER JOIN
        (
            SELECT
                toDate(committed_at) AS day,
                count() AS day_rows
            FROM wms.kafka_wms_stock_balances
            GROUP BY day
        ) AS logged ON (counted.day = logged.day) AND (counted.day_rows = logged.day_rows)
        WHERE counted.day_catalogue = (
            SELECT sum(cityHash64(product_id, product_category))
            FROM wms.products
        )
    ) AS kept_days
SELECT
    hour,
    warehouse_id,
    product_category,
    is_known_product,
    inflow,
    outflow,
    movements,
    ran_out,
    came_back,
    log_rows,
    catalogue,
    now64(6, 'UTC') AS counted_at
FROM
(
    SELECT * EXCEPT counted_at
    FROM wms.stock_hours
    WHERE has(kept_days, toDate(hour))
    UNION ALL
    SELECT
        toStartOfHour(changes.committed_at) AS hour,
        changes.warehouse_id AS warehouse_id,
        ifNull(known.product_category, '') AS product_category,
        ifNull(known.is_known, 0) AS is_known_product,
        sumIf(delta, delta > 0) AS inflow,
        -sumIf(delta, delta < 0) AS outflow,
        countIf(delta != 0) AS movements,
        countIf(presence < 0) AS ran_out,
        countIf(presence > 0) AS came_back,
        count() AS log_rows,
        max(ifNull(known.catalogue, 0)) AS catalogue
    FROM
    (
        SELECT
            committed_at,
            warehouse_id,
            product_id,
            op IN ('c', 'u', 'd') AS is_change,
            if(is_change, quantity - quantity_before, 0) AS delta,
            if(is_change, (quantity > 0) - (quantity_before > 0), 0) AS presence
        FROM wms.kafka_wms_stock_balances
        FINAL
        WHERE NOT has(kept_days, toDate(committed_at))
    ) AS changes
    ANY LEFT JOIN
    (
        SELECT
            product_id,
            product_category,
            1 AS is_known,
            sum(cityHash64(product_id, product_category)) OVER () AS catalogue
        FROM wms.products
    ) AS known ON changes.product_id = known.product_id
    GROUP BY
        hour,
        warehouse_id,
        product_category,
        is_known_product
)
SETTINGS max_threads = 1, max_bytes_before_external_group_by = 300000000, do_not_merge_across_partitions_select_final = 1;

CREATE VIEW wms.stock_hours_v
(
    `moment` DateTime64(6, 'UTC'),
    `warehouse_id` Int32,
    `product_category` String,
    `is_known_product` UInt8,
    `inflow` Int64,
    `outflow` Int64,
    `movements` UInt64,
    `ran_out` UInt64,
    `came_back` UInt64
)
AS WITH
    (
        SELECT max(toStartOfHour(counted_at - toIntervalHour(1)))
        FROM
        (
            SELECT counted_at
            FROM wms.stock_hours
            LIMIT 1
        )
    ) AS counted_to
SELECT
    hour AS moment,
    warehouse_id,
    product_category,
    is_known_product,
    inflow,
    outflow,
    movements,
    ran_out,
    came_back
FROM wms.stock_hours
WHERE (hour < counted_to) AND (movements > 0)
UNION ALL
WITH
    (
        SELECT max(toStartOfHour(counted_at - toIntervalHour(1)))
        FROM
        (
            SELECT counted_at
            FROM wms.stock_hours
            LIMIT 1
        )
    ) AS counted_to
SELECT
    changes.committed_at AS moment,
    changes.warehouse_id AS warehouse_id,
    ifNull(known.product_category, '') AS product_category,
    ifNull(known.is_known, 0) AS is_known_product,
    greatest(changes.delta, 0) AS inflow,
    greatest(-changes.delta, 0) AS outflow,
    1 AS movements,
    (changes.quantity <= 0) AND (changes.quantity_before > 0) AS ran_out,
    (changes.quantity > 0) AND (changes.quantity_before <= 0) AS came_back
FROM wms.stock_changes_v AS changes
ANY LEFT JOIN
(
    SELECT
        product_id,
        product_category,
        1 AS is_known
    FROM wms.products
) AS known ON changes.product_id = known.product_id
WHERE (changes.committed_at >= counted_to) AND (changes.delta != 0);

CREATE VIEW wms.stock_matrix_v
(
    `warehouse_id` Int32,
    `product_id` Int32,
    `in_stock` UInt8
)
AS WITH
    (
        SELECT groupBitmapState(toUInt32(product_id))
        FROM wms.products
    ) AS all_ids
SELECT
    warehouse_id,
    toInt32(id) AS product_id,
    in_stock
FROM
(
    SELECT
        warehouses.warehouse_id AS warehouse_id,
        arrayJoin([(bitmapAndnot(all_ids, shelves.product_ids), 0), (bitmapAnd(all_ids, shelves.product_ids), 1)]) AS half,
        bitmapToArray(half.1) AS ids,
        half.2 AS in_stock
    FROM wms.warehouses
    LEFT JOIN wms.shelves_v AS shelves ON warehouses.warehouse_id = shelves.warehouse_id
)
ARRAY JOIN ids AS id;

CREATE VIEW wms.stock_ran_out_v
(
    `warehouse_id` Int32,
    `product_id` Int32,
    `ran_out_at` DateTime64(6, 'UTC')
)
AS WITH
    recent AS
    (
        SELECT
            warehouse_id,
            product_id,
            quantity > 0 AS is_present,
            committed_at AS changed_at,
            (lsn * 2) + (op != 'd') AS version
        FROM wms.kafka_wms_stock_balances
        WHERE (committed_at > ((
            SELECT max(read_at)
            FROM wms.stock_activity
        ) - toIntervalHour(1))) AND (op != 't') AND ((quantity > 0) != (quantity_before > 0))
    )
SELECT
    warehouse_id,
    product_id,
    assumeNotNull(presence_changed_at) AS ran_out_at
FROM wms.stock_activity
WHERE (presence_version > 0) AND (is_present = 0) AND ((warehouse_id, product_id) NOT IN (
    SELECT
        warehouse_id,
        product_id
    FROM recent
))
UNION ALL
WITH
    recent AS
    (
        SELECT
            warehouse_id,
            product_id,
            quantity > 0 AS is_present,
            committed_at AS changed_at,
            (lsn * 2) + (op != 'd') AS version
        FROM wms.kafka_wms_stock_balances
        WHERE (committed_at > ((
            SELECT max(read_at)
            FROM wms.stock_activity
        ) - toIntervalHour(1))) AND (op != 't') AND ((quantity > 0) != (quantity_before > 0))
    )
SELECT
    warehouse_id,
    product_id,
    argMax(changed_at, version) AS ran_out_at
FROM
(
    SELECT *
    FROM recent
    UNION ALL
    SELECT
        warehouse_id,
        product_id,
        is_present,
        assumeNotNull(presence_changed_at) AS changed_at,
        presence_version AS version
    FROM wms.stock_activity
    WHERE (presence_version > 0) AND ((warehouse_id, product_id) IN (
        SELECT
            warehouse_id,
            product_id
        FROM recent
    ))
)
GROUP BY
    warehouse_id,
    product_id
HAVING argMax(is_present, version) = 0;

CREATE TABLE wms.stock_turnover
(
    `warehouse_id` Int32 COMMENT 'Warehouse',
    `product_category` String COMMENT 'Product category; empty when the product or its category is unknown',
    `positions` Int64 COMMENT 'Positions with units on the shelf',
    `units` Int64 COMMENT 'Units on their shelves when the log was read',
    `running_out` UInt64 COMMENT 'Positions whose units last for less than three days at the last week\'s outflow',
    `outflow_28d` Int64 COMMENT 'Units that left the shelf in the last 28 days',
    `average_units` Float64 COMMENT 'Mean of the units now and 28 days ago, or at the beginning of the log',
    `idle_units` Int64 COMMENT 'Units of positions of which none left in the last 28 days',
    `read_at` DateTime64(3, 'UTC') COMMENT 'When the log was read: stock_activity.read_at'
)
ENGINE = MergeTree
ORDER BY (warehouse_id, product_category)
SETTINGS index_granularity = 8192
COMMENT 'Turnover and cover of the stock by warehouse and category';

CREATE MATERIALIZED VIEW wms.stock_turnover_mv
REFRESH AFTER 30 SECOND TO wms.stock_turnover
(
    `warehouse_id` Int32,
    `product_category` String,
    `positions` Int64,
    `units` Int64,
    `running_out` UInt64,
    `outflow_28d` Int64,
    `average_units` Float64,
    `idle_units` Int64,
    `read_at` DateTime64(3, 'UTC')
)
DEFINER = default SQL SECURITY DEFINER
AS WITH
    assumeNotNull((
        SELECT ((
                SELECT max(read_at)
                FROM wms.stock_turnover
            ) = (
                SELECT max(read_at)
                FROM
                (
                    SELECT read_at
                    FROM wms.stock_activity
                    LIMIT 1
                )
            )) OR ((
                SELECT count()
                FROM system.replicas
                WHERE (`table` = 'stock_activity') AND ((inserts_in_queue > 0) OR (log_pointer <= log_max_index))
            ) > 0)
    )) AS is_counted,
    assumeNotNull((
        SELECT greatest(dateDiff('second', greatest((
                SELECT min(committed_at)
                FROM wms.kafka_wms_stock_balances
            ), (
                SELECT max(committed_at)
                FROM wms.stock_balances_truncates
            ), (
                SELECT max(loaded_at)
                FROM wms.stock_balances_loads
            ), now64(6, 'UTC') - toIntervalDay(7)), now64(6, 'UTC')) / 86400, 1)
    )) AS days_of_week
SELECT
    warehouse_id,
    product_category,
    positions,
    units,
    running_out,
    outflow_28d,
    average_units,
    idle_units,
    read_at
FROM wms.stock_turnover
WHERE is_counted
UNION ALL
WITH
    assumeNotNull((
        SELECT ((
                SELECT max(read_at)
                FROM wms.stock_turnover
            ) = (
                SELECT max(read_at)
                FROM
                (
                    SELECT read_at
                    FROM wms.stock_activity
                    LIMIT 1
                )
            )) OR ((
                SELECT count()
                FROM system.replicas
                WHERE (`table` = 'stock_activity') AND ((inserts_in_queue > 0) OR (log_pointer <= log_max_index))
            ) > 0)
    )) AS is_counted,
    assumeNotNull((
        SELECT greatest(dateDiff('second', greatest((
                SELECT min(committed_at)
                FROM wms.kafka_wms_stock_balances
            ), (
                SELECT max(committed_at)
                FROM wms.stock_balances_truncates
            ), (
                SELECT max(loaded_at)
                FROM wms.stock_balances_loads
            ), now64(6, 'UTC') - toIntervalDay(7)), now64(6, 'UTC')) / 86400, 1)
    )) AS days_of_week
SELECT
    stock.warehouse_id AS warehouse_id,
    ifNull(known.product_category, '') AS product_category,
    toInt64(count()) AS positions,
    sum(stock.quantity) AS units,
    countIf((stock.outflow_7d != 0) AND (round(stock.quantity / (stock.outflow_7d / days_of_week), 1) < 3)) AS running_out,
    sum(stock.outflow_28d) AS outflow_28d,
    sum(greatest(stock.quantity - (stock.net_28d / 2), 0)) AS average_units,
    sumIf(stock.quantity, stock.outflow_28d = 0) AS idle_units,
    any(stock.read_at) AS read_at
FROM wms.stock_activity AS stock
ANY LEFT JOIN wms.products AS known ON stock.product_id = known.product_id
WHERE (NOT is_counted) AND (stock.quantity > 0)
GROUP BY
    warehouse_id,
    product_category
SETTINGS max_threads = 1;

CREATE TABLE wms.verify_runs
(
    `started_at` DateTime64(3, 'UTC') COMMENT 'When the comparison began',
    `table_name` LowCardinality(String) COMMENT 'Which table',
    `verdict` LowCardinality(String) COMMENT 'equal, different or undecided',
    `reason` String COMMENT 'Why it could not be decided',
    `seconds` Float64 COMMENT 'How long it took',
    `rows` UInt64 COMMENT 'Rows of the source that were compared',
    `buckets` UInt32 COMMENT 'Buckets of keys that were compared',
    `buckets_different` UInt32 COMMENT 'Of them, with other checksums',
    `fence_lsn` UInt64 COMMENT 'Position in the WMS\'s log up to which ClickHouse was proved to have everything',
    `missing` UInt64 COMMENT 'Keys that ClickHouse lacks',
    `extra` UInt64 COMMENT 'Keys that the WMS does not have',
    `different` UInt64 COMMENT 'Keys with other values',
    `repaired` UInt64 COMMENT 'Keys that --repair wrote anew',
    `differences` Array(String) COMMENT 'The first differences, as shown to people'
)
ENGINE = MergeTree
ORDER BY (table_name, started_at)
TTL toDateTime(started_at) + toIntervalYear(1)
SETTINGS index_granularity = 8192
COMMENT 'History of sklad verify';

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

CREATE VIEW wms.warehouses_v
(
    `warehouse_id` Int32,
    `warehouse_name` Nullable(String),
    `region_id` Nullable(Int32),
    `region_name` Nullable(String)
)
AS SELECT
    warehouses.warehouse_id AS warehouse_id,
    nullIf(warehouses.warehouse_name, '') AS warehouse_name,
    known.id AS region_id,
    known.name AS region_name
FROM wms.warehouses
ANY LEFT JOIN
(
    SELECT
        region_id,
        toNullable(region_id) AS id,
        nullIf(region_name, '') AS name
    FROM wms.regions
) AS known ON warehouses.region_id = known.region_id;

CREATE VIEW wms.whereabouts_v
(
    `lists` Tuple(
        warehouse_ids Array(Int32),
        warehouses Array(String),
        region_ids Array(Int32),
        regions Array(String))
)
AS SELECT CAST((groupArray(warehouse_id), groupArray(coalesce(warehouse_name, '-- не определено --')), groupArray(coalesce(region_id, 0)), groupArray(coalesce(region_name, '-- не определено --'))), 'Tuple(warehouse_ids Array(Int32), warehouses Array(String), region_ids Array(Int32), regions Array(String))') AS lists
FROM wms.warehouses_v;

CREATE TABLE wms.wms_replication_slots
(
    `slot_name` String,
    `active` Nullable(UInt8),
    `wal_status` Nullable(String),
    `restart_lsn` Nullable(String),
    `confirmed_flush_lsn` Nullable(String),
    `safe_wal_size` Nullable(Int64)
)
ENGINE = PostgreSQL(wms_postgres, `table` = 'pg_replication_slots', schema = 'pg_catalog')
COMMENT 'The WMS\'s pg_replication_slots, asked anew by each query';
