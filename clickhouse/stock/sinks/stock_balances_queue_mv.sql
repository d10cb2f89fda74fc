-- Last of all, since consumption starts with it. Reads Debezium's envelope and says of each message what it is. What
-- JSONExtract does not find, or not in the right type, is NULL or zero; ingest_errors tells which of them was missed.
-- Whole numbers are read as Float64, which holds every Int32: JSONExtract would make 12 of 12.5.
-- tupleElement(row, 'name') and not row.name: the engine takes five times as long to plan the latter, and plans this anew
-- for every insert.
CREATE MATERIALIZED VIEW stock_balances_queue_mv TO stock_balances_inbox AS
WITH
    JSONExtract(message, 'Tuple(
        op LowCardinality(String),
        before Tuple(
            warehouse_id Nullable(Float64), product_id Nullable(Float64),
            quantity Int32, updated_at Nullable(DateTime64(6, ''UTC''))),
        after Tuple(
            warehouse_id Nullable(Float64), product_id Nullable(Float64),
            quantity Nullable(Float64), updated_at Nullable(DateTime64(6, ''UTC'')),
            sent_at Nullable(DateTime64(6, ''UTC''))),
        source Tuple(lsn UInt64, txId UInt64, ts_us Int64, snapshot LowCardinality(String)),
        ts_ms Int64)') AS envelope,
    tupleElement(envelope, 'before') AS old_row,
    tupleElement(envelope, 'after') AS new_row,
    tupleElement(envelope, 'source') AS source,
    tupleElement(source, 'ts_us') AS commit_us,
    accurateCastOrNull(tupleElement(new_row, 'quantity'), 'Int32') AS new_quantity,
    tupleElement(new_row, 'sent_at') AS heartbeat_at,
    accurateCastOrNull(
        if(op = 'd', tupleElement(old_row, 'warehouse_id'), tupleElement(new_row, 'warehouse_id')), 'Int32') AS warehouse,
    accurateCastOrNull(
        if(op = 'd', tupleElement(old_row, 'product_id'), tupleElement(new_row, 'product_id')), 'Int32') AS product,
    tupleElement(old_row, 'updated_at') AS old_updated_at,
    if(op = 'd', old_updated_at, tupleElement(new_row, 'updated_at')) AS row_updated_at
SELECT
    multiIf(
        lsn = 0 OR commit_us = 0 OR op NOT IN ('c', 'u', 'd', 'r', 't'), 'error',
        _topic = 'wms.public.wms_heartbeat', if(heartbeat_at IS NULL, 'error', 'heartbeat'),
        op = 't', 'truncate',
        warehouse IS NULL OR product IS NULL, 'error',
        op != 'd' AND (new_quantity IS NULL OR row_updated_at IS NULL), 'error',
        op = 'r' AND tupleElement(source, 'snapshot') IN ('last', 'last_in_data_collection'), 'last read',
        'change'
    ) AS kind,
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
FROM stock_balances_queue;
