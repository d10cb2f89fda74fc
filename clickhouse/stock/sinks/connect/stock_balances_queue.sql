-- What the connector ch.stock_balances fills. The columns that Kafka's table engine has by itself are ordinary ones here, and
-- the connector gives them their values. Keeps nothing: the view behind reads each insert.
CREATE TABLE stock_balances_queue
(
    message String,
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3))
)
ENGINE = Null;
