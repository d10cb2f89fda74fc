-- What each warehouse has on its shelves, as one bitmap of product ids, for questions about the full assortment matrix: a join
-- of matrix and balances would need memory for each balance.
CREATE OR REPLACE VIEW stock_shelves_v AS
SELECT
    warehouse_id,
    groupBitmapState(toUInt32(product_id)) AS product_ids
FROM stock_balances_v
WHERE quantity != 0
GROUP BY warehouse_id;
