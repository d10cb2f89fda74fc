-- ClickHouse's own Kafka consumer over Debezium's envelopes. handle_error_mode=stream hands a message that is not
-- parsable on with its error, instead of stopping the flow. The intervals trade freshness against work per second.
CREATE TABLE stock_balances_queue
(
    op Nullable(String),
    before Tuple(
        warehouse_id Nullable(Int32), product_id Nullable(Int32), quantity Nullable(Int32), updated_at Nullable(String)),
    after Tuple(
        id Nullable(Int32), sent_at Nullable(String),
        warehouse_id Nullable(Int32), product_id Nullable(Int32), quantity Nullable(Int32), updated_at Nullable(String)),
    source Tuple(lsn Nullable(UInt64), txId Nullable(UInt64), ts_us Nullable(Int64)),
    ts_ms Nullable(Int64)
)
ENGINE = Kafka(wms_kafka)
SETTINGS
    kafka_topic_list = 'wms.public.stock_balances,wms.public.wms_heartbeat',
    kafka_group_name = 'clickhouse.stock_balances',
    kafka_format = 'JSONEachRow',
    kafka_handle_error_mode = 'stream',
    kafka_num_consumers = 1,
    kafka_max_block_size = 65536,
    kafka_flush_interval_ms = 100,
    kafka_poll_timeout_ms = 50,
    kafka_consumer_reschedule_ms = 10;
