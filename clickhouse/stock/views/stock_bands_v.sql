-- Current balances by warehouse, product category and band of quantities, exact at the moment of the query. A band may be
-- in several rows, some of which take away: sum them.
CREATE OR REPLACE VIEW stock_bands_v AS
SELECT
    warehouse_id,
    product_category,
    band_from,
    units,
    positions,
    product_ids
FROM counted_stock_v
WHERE kind = 'band';
