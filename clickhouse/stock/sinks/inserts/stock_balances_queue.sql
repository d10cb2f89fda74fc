-- What is inserted from outside: by sklad.ingest, what is no plain change; by the connector ch.stock_balances, all. The columns
-- that Kafka's table engine has by itself are ordinary ones here, and whoever inserts gives them their values. Keeps
-- nothing: the view behind reads each insert.
CREATE TABLE stock_balances_queue
(
    message String,
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3))
)
ENGINE = Null;
