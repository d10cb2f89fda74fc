-- The change log: every committed change of the WMS table once. A change is identified by (lsn, key, op), so a replay
-- collapses into the row that is there. Sorted by LSN, which grows with time: parts hardly overlap, FINAL stays cheap,
-- and the codecs see small differences. Retention: policies/stock_balances_log_retention.sql.
-- Small inserts come several times a second. Merging at each would write the whole table again and again; statistics, which
-- nothing here asks for, would take a tenth of each insert.
CREATE TABLE kafka_wms_stock_balances
(
    lsn UInt64 COMMENT 'WAL position of the change; orders the changes of one key' CODEC(DoubleDelta, ZSTD(1)),
    warehouse_id Int32 COMMENT 'Key: warehouse' CODEC(ZSTD(1)),
    product_id Int32 COMMENT 'Key: product' CODEC(ZSTD(1)),
    op LowCardinality(String) COMMENT 'c insert, u update, d delete, r snapshot read, t truncate',
    quantity Int32 COMMENT 'Units after the change; 0 after a delete' CODEC(ZSTD(1)),
    quantity_before Int32 COMMENT 'Units before the change; 0 before an insert' CODEC(ZSTD(1)),
    updated_at DateTime64(6, 'UTC') COMMENT 'The row''s own updated_at after the change (before it, for a delete)'
        CODEC(Delta, ZSTD(1)),
    updated_at_before DateTime64(6, 'UTC') COMMENT 'The row''s updated_at before the change' CODEC(Delta, ZSTD(1)),
    tx_id UInt64 COMMENT 'Transaction id in the WMS' CODEC(Delta, ZSTD(1)),
    committed_at DateTime64(6, 'UTC') COMMENT 'Commit in the WMS (snapshot time for op r)' CODEC(Delta, ZSTD(1)),
    captured_at DateTime64(3, 'UTC') COMMENT 'Debezium read the change' CODEC(DoubleDelta, ZSTD(1)),
    queued_at DateTime64(3, 'UTC') COMMENT 'Kafka took the message' CODEC(DoubleDelta, ZSTD(1)),
    arrived_at DateTime64(3, 'UTC') COMMENT 'ClickHouse inserted the change' CODEC(DoubleDelta, ZSTD(1)),
    kafka_topic LowCardinality(String) COMMENT 'Where the message stands in Kafka: topic',
    kafka_partition UInt16 COMMENT 'Partition' CODEC(ZSTD(1)),
    kafka_offset UInt64 COMMENT 'Offset' CODEC(DoubleDelta, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(committed_at)
ORDER BY (lsn, warehouse_id, product_id, op)
SETTINGS
    min_parts_to_merge_at_once = 20,
    merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0,
    auto_statistics_types = ''
COMMENT 'Change log of WMS public.stock_balances';
