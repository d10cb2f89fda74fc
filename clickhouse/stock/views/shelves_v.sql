-- What is on the shelves of each warehouse, exact at the moment of the query: a bitmap of product ids. Warehouses with nothing on
-- their shelves may be absent.
CREATE OR REPLACE VIEW shelves_v AS
SELECT
    warehouse_id,
    groupBitmapMergeState(product_ids) AS product_ids
FROM counted_stock_v
WHERE kind = 'shelf' AND band_from != 0
GROUP BY warehouse_id;
