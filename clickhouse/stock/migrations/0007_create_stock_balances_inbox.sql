-- Where every sink puts a message of the stock topics, parsed; the views behind it decide where it goes. Keeps nothing.
CREATE TABLE stock_balances_inbox
(
    reason String COMMENT 'Empty, or why the message cannot be applied',
    payload String COMMENT 'The message, when it cannot be applied',
    op String,
    before Tuple(
        warehouse_id Nullable(Int32), product_id Nullable(Int32), quantity Nullable(Int32), updated_at Nullable(String)),
    after Tuple(
        id Nullable(Int32), sent_at Nullable(String),
        warehouse_id Nullable(Int32), product_id Nullable(Int32), quantity Nullable(Int32), updated_at Nullable(String)),
    lsn UInt64,
    tx_id UInt64,
    committed_at DateTime64(6, 'UTC'),
    captured_at DateTime64(3, 'UTC'),
    queued_at DateTime64(3, 'UTC'),
    kafka_topic String,
    kafka_partition UInt16,
    kafka_offset UInt64
)
ENGINE = Null
COMMENT 'Parsed messages of the stock topics on their way';
