-- Bad rows: names and categories that are empty or white space.
SELECT
    table_name,
    printf('%s of key %d is empty', column_name, key) AS reason
FROM
(
    SELECT 'regions' AS table_name, 'region_name' AS column_name, region_id AS key, region_name AS value FROM regions_stage
    UNION ALL
    SELECT 'warehouses', 'warehouse_name', warehouse_id, warehouse_name FROM warehouses_stage
    UNION ALL
    SELECT 'products', 'product_name', product_id, product_name FROM products_stage
    UNION ALL
    SELECT 'products', 'product_category', product_id, product_category FROM products_stage
)
WHERE match(value, '^\\s*$')
ORDER BY table_name, key
