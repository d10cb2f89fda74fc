-- What the change log tells, counted together by hours: charts of weeks would otherwise read every change of those weeks at each
-- question. The hours of one day of the log belong together: they are counted at once, and kept while the day stays as it was.
-- Changes of the last hours, which are still coming: stock_hours_v.
CREATE TABLE stock_hours
(
    hour DateTime64(6, 'UTC') COMMENT 'Hour of the commits: its beginning' CODEC(Delta, ZSTD(1)),
    warehouse_id Int32 COMMENT 'Warehouse' CODEC(ZSTD(1)),
    product_category String COMMENT 'Product category; empty when the product or its category is unknown' CODEC(ZSTD(1)),
    is_known_product UInt8 COMMENT '1: products of the reference table, 0: others' CODEC(ZSTD(1)),
    inflow Int64 COMMENT 'Units that came onto the shelf, insertions of balances included' CODEC(ZSTD(1)),
    outflow Int64 COMMENT 'Units that left the shelf, deletions of balances included' CODEC(ZSTD(1)),
    movements UInt64 COMMENT 'Changes of a balance by some units' CODEC(ZSTD(1)),
    ran_out UInt64 COMMENT 'How often a position with units came to have none' CODEC(ZSTD(1)),
    came_back UInt64 COMMENT 'How often a position without units came to have some' CODEC(ZSTD(1)),
    log_rows UInt64 COMMENT 'Rows of the log that the hour has, each once, snapshot reads and TRUNCATEs included. If all hours of a day have as many as its partition, nothing came since' CODEC(ZSTD(1)),
    catalogue UInt64 COMMENT 'Checksum of all products and their categories when the day was read; 0 for unknown products' CODEC(ZSTD(1)),
    counted_at DateTime64(6, 'UTC') COMMENT 'When counting began, the same in all rows' CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (hour, warehouse_id, product_category, is_known_product)
COMMENT 'Movements of stock by hour, warehouse and category, as far back as the change log reaches';
