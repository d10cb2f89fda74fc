-- stock_activity counted together: dashboards that ask how often a category turns over, or how much of it runs out soon, would
-- otherwise weigh every position at each question.
CREATE TABLE stock_turnover
(
    warehouse_id Int32 COMMENT 'Warehouse',
    product_category String COMMENT 'Product category; empty when the product or its category is unknown',
    positions Int64 COMMENT 'Positions with units on the shelf',
    units Int64 COMMENT 'Units on their shelves when the log was read',
    running_out UInt64 COMMENT 'Positions whose units last for less than three days at the last week''s outflow',
    outflow_28d Int64 COMMENT 'Units that left the shelf in the last 28 days',
    average_units Float64 COMMENT 'Mean of the units now and 28 days ago, or at the beginning of the log',
    idle_units Int64 COMMENT 'Units of positions of which none left in the last 28 days',
    read_at DateTime64(3, 'UTC') COMMENT 'When the log was read: stock_activity.read_at'
)
ENGINE = MergeTree
ORDER BY (warehouse_id, product_category)
COMMENT 'Turnover and cover of the stock by warehouse and category';
