-- Current state: the newest version of each key. Read it through stock_balances_v, which applies FINAL and truncates.
-- Settings: as in 0001.
CREATE TABLE stock_balances
(
    warehouse_id Int32 COMMENT 'Warehouse',
    product_id Int32 COMMENT 'Product',
    quantity Int32 COMMENT 'Units on the shelf' CODEC(ZSTD(1)),
    updated_at DateTime64(6, 'UTC') COMMENT 'When the WMS changed the row' CODEC(Delta, ZSTD(1)),
    version UInt64 COMMENT 'LSN of the change: the larger wins, so a replay or a late arrival changes nothing'
        CODEC(Delta, ZSTD(1)),
    is_deleted UInt8 COMMENT '1: the row was deleted by this version' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (warehouse_id, product_id)
SETTINGS
    min_parts_to_merge_at_once = 20,
    merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0,
    auto_statistics_types = ''
COMMENT 'Current stock balances, fed by the change log';
