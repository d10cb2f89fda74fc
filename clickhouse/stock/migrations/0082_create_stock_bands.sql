-- The current balances counted together: one row for each warehouse, product category and band of quantities. Dashboards that
-- show sums would otherwise read every balance at each refresh. It says as of which change, so that what came later can be
-- added exactly: stock_bands_v.
CREATE TABLE stock_bands
(
    warehouse_id Int32 COMMENT 'Warehouse',
    product_category String COMMENT 'Product category; empty when the product or its category is unknown',
    band_from Int16 COMMENT 'Band of quantities: its lower bound. -1: less than nothing, 0: nothing is there',
    units Int64 COMMENT 'Units on the shelf, all positions of the row together',
    product_ids AggregateFunction(groupBitmap, UInt32) COMMENT 'The positions: products with a balance in this band',
    newest_version UInt64 COMMENT 'LSN of the newest change among the balances of the row',
    truncated_lsn UInt64 COMMENT 'LSN of the TRUNCATE, or snapshot, behind which balances count',
    counted_at DateTime64(6, 'UTC') COMMENT 'When counting began'
)
ENGINE = MergeTree
ORDER BY (warehouse_id, product_category, band_from)
COMMENT 'Stock balances by warehouse, category and band of quantities';
