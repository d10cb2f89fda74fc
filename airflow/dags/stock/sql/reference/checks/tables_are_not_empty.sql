-- Bad rows: tables for which the WMS returned nothing.
SELECT
    table_name,
    'the WMS returned no rows' AS reason
FROM
(
    SELECT 'regions' AS table_name, (SELECT count() FROM regions_stage) AS staged
    UNION ALL
    SELECT 'warehouses' AS table_name, (SELECT count() FROM warehouses_stage) AS staged
    UNION ALL
    SELECT 'products' AS table_name, (SELECT count() FROM products_stage) AS staged
)
WHERE staged = 0
ORDER BY table_name
