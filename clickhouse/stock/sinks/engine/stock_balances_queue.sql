-- ClickHouse's own Kafka consumer. Messages come in whole, as bytes: JSONExtract in the view behind takes a fifth of the
-- time that JSONEachRow takes here, nothing can fail on the way in, and a message that can't be applied is kept as it came.
-- A poll waits until its batch is full or its timeout is over: with a batch of one, a lone message comes at once. Each poll
-- plans all the views behind it anew, some 30 ms of CPU, so the timeout is longer than the two seconds between heartbeats:
-- an idle consumer wakes when something comes. Under load, what came within the flush interval is inserted together.
CREATE TABLE stock_balances_queue
(
    message String
)
ENGINE = Kafka(wms_kafka)
SETTINGS
    kafka_topic_list = 'wms.public.stock_balances,wms.public.wms_heartbeat',
    kafka_group_name = 'clickhouse.stock_balances',
    kafka_format = 'RawBLOB',
    kafka_num_consumers = 1,
    kafka_max_block_size = 65536,
    kafka_poll_max_batch_size = 1,
    kafka_poll_timeout_ms = 2500,
    kafka_flush_interval_ms = 50,
    kafka_consumer_reschedule_ms = 10;
