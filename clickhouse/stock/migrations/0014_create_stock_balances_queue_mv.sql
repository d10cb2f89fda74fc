-- Last of all, since consumption starts with it. Reads Debezium's envelope and says of each message whether it can be
-- applied, and if not, why. What JSONExtract does not find, or not in the right type, is NULL.
CREATE MATERIALIZED VIEW stock_balances_queue_mv TO stock_balances_inbox AS
WITH JSONExtract(message, 'Tuple(
    op Nullable(String),
    before Tuple(
        warehouse_id Nullable(Int32), product_id Nullable(Int32), quantity Nullable(Int32), updated_at Nullable(String)),
    after Tuple(
        id Nullable(Int32), sent_at Nullable(String),
        warehouse_id Nullable(Int32), product_id Nullable(Int32), quantity Nullable(Int32), updated_at Nullable(String)),
    source Tuple(lsn Nullable(UInt64), txId Nullable(UInt64), ts_us Nullable(Int64)),
    ts_ms Nullable(Int64)
)') AS envelope
SELECT
    multiIf(
        envelope.op IS NULL, if(isValidJSON(message), 'not a Debezium envelope: no op', 'not JSON'),
        envelope.op NOT IN ('c', 'u', 'd', 'r', 't'), concat('unknown operation: ', envelope.op),
        envelope.source.lsn IS NULL OR envelope.source.ts_us IS NULL, 'no source position (lsn, ts_us)',
        _topic = 'wms.public.wms_heartbeat' OR envelope.op = 't', '',
        envelope.op = 'd' AND (envelope.before.warehouse_id IS NULL OR envelope.before.product_id IS NULL),
            'no key (warehouse_id, product_id) in before',
        envelope.op = 'd', '',
        envelope.after.warehouse_id IS NULL OR envelope.after.product_id IS NULL,
            'no key (warehouse_id, product_id) in after',
        envelope.after.quantity IS NULL, 'no quantity, or none that fits Int32',
        ''
    ) AS reason,
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
FROM stock_balances_queue;
