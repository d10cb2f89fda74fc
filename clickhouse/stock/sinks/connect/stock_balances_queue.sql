-- What the connector ch.stock_balances fills. The columns that Kafka's table engine has by itself are ordinary ones here, and
-- the connector gives them their values. Keeps nothing: the view behind reads each insert.
CREATE TABLE stock_balances_queue
(
    message String,
    _topic String,
    _partition Int32,
    _offset Int64,
    _timestamp_ms DateTime64(3)
)
ENGINE = Null;
