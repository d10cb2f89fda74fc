-- What the change log tells of each position (warehouse and product), in one row, and its balance at that moment: counting
-- it out at each look of each dashboard would read the whole log, and joining the two all balances into memory.
CREATE TABLE stock_activity
(
    warehouse_id Int32 COMMENT 'Warehouse',
    product_id Int32 COMMENT 'Product',
    quantity Int64 COMMENT 'Units on the shelf when the log was read; 0 without a balance' CODEC(ZSTD(1)),
    outflow_7d Int64 COMMENT 'Units that left the shelf in the last 7 days. Deletions of the balance are not counted' CODEC(ZSTD(1)),
    outflow_28d Int64 COMMENT 'The same in the last 28 days' CODEC(ZSTD(1)),
    net_28d Int64 COMMENT 'Units now minus units 28 days ago, or at the beginning of the log' CODEC(ZSTD(1)),
    last_outflow_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When units left the shelf last' CODEC(ZSTD(1)),
    is_present UInt8 COMMENT '1: the position came back last, 0: it ran out last' CODEC(ZSTD(1)),
    presence_changed_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When it did' CODEC(ZSTD(1)),
    presence_version UInt64 COMMENT 'Which change that was: orders it among the changes of the position' CODEC(ZSTD(1)),
    read_at DateTime64(3, 'UTC') COMMENT 'When the log was read' CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (warehouse_id, product_id)
COMMENT 'What happened to each position, as far back as the change log reaches';
