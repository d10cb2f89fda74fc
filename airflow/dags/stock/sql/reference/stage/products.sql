-- Read products from the WMS. A NULL becomes an empty text, which the checks refuse.
INSERT INTO products_stage (product_id, product_name, product_category)
SELECT
    product_id,
    product_name,
    product_category
FROM postgresql(wms_postgres, table = 'products')
