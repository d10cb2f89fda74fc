-- Read products from the WMS. A NULL becomes an empty text, which the checks refuse. In blocks so small that
-- rows are written while others are still read.
INSERT INTO products_stage (product_id, product_name, product_category)
SELECT
    product_id,
    product_name,
    product_category
FROM postgresql(wms_postgres, table = 'products')
SETTINGS min_insert_block_size_rows = 200000
