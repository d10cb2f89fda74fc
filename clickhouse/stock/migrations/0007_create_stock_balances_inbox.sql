-- Where every sink puts a message of the stock topics, parsed; the views behind it decide by `kind` where it goes. Keeps
-- nothing. Each view behind it takes 2 to 3 ms of every insert to be planned, whether it gets rows or not: the views only
-- name columns, all work is done once, on the way in.
CREATE TABLE stock_balances_inbox
(
    kind LowCardinality(String) COMMENT 'change, last read (of a snapshot), truncate, heartbeat, or error: it cannot be applied',
    op LowCardinality(String),
    warehouse_id Int32,
    product_id Int32,
    quantity Int32,
    quantity_before Int32,
    updated_at DateTime64(6, 'UTC'),
    updated_at_before DateTime64(6, 'UTC'),
    sent_at DateTime64(6, 'UTC') COMMENT 'Heartbeats: written in the WMS',
    lsn UInt64,
    tx_id UInt64,
    committed_at DateTime64(6, 'UTC'),
    captured_at DateTime64(3, 'UTC'),
    queued_at DateTime64(3, 'UTC'),
    arrived_at DateTime64(3, 'UTC'),
    kafka_topic LowCardinality(String),
    kafka_partition UInt64,
    kafka_offset UInt64,
    payload String COMMENT 'The message, when it cannot be applied'
)
ENGINE = Null
COMMENT 'Parsed messages of the stock topics on their way';
