-- Last of all, since consumption starts with it. Says of each message whether it can be applied, and if not, why.
CREATE MATERIALIZED VIEW stock_balances_queue_mv TO stock_balances_inbox AS
SELECT
    multiIf(
        _error != '', _error,
        queue.op IS NULL, 'not a Debezium envelope: no op',
        queue.op NOT IN ('c', 'u', 'd', 'r', 't'), concat('unknown operation: ', queue.op),
        source.lsn IS NULL OR source.ts_us IS NULL, 'no source position (lsn, ts_us)',
        _topic = 'wms.public.wms_heartbeat' OR queue.op = 't', '',
        queue.op = 'd' AND (before.warehouse_id IS NULL OR before.product_id IS NULL), 'delete without its key',
        queue.op != 'd' AND (after.warehouse_id IS NULL OR after.product_id IS NULL), 'no key (warehouse_id, product_id)',
        queue.op != 'd' AND after.quantity IS NULL, 'no quantity',
        ''
    ) AS reason,
    -- The message itself is only at hand when it could not be parsed.
    multiIf(reason = '', '', _error != '', _raw_message, toJSONString((queue.op, before, after, source))) AS payload,
    ifNull(queue.op, '') AS op,
    before,
    after,
    ifNull(source.lsn, 0) AS lsn,
    ifNull(source.txId, 0) AS tx_id,
    fromUnixTimestamp64Micro(ifNull(source.ts_us, 0), 'UTC') AS committed_at,
    fromUnixTimestamp64Milli(ifNull(ts_ms, 0), 'UTC') AS captured_at,
    ifNull(_timestamp_ms, toDateTime64(0, 3, 'UTC')) AS queued_at,
    _topic AS kafka_topic,
    _partition AS kafka_partition,
    _offset AS kafka_offset
FROM stock_balances_queue AS queue;
