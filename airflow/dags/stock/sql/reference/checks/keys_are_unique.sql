-- Bad rows: keys that occur more than once.
SELECT
    table_name,
    printf('key %d occurs %d times', key, count()) AS reason
FROM
(
    SELECT 'regions' AS table_name, region_id AS key FROM regions_stage
    UNION ALL
    SELECT 'warehouses' AS table_name, warehouse_id AS key FROM warehouses_stage
    UNION ALL
    SELECT 'products' AS table_name, product_id AS key FROM products_stage
)
GROUP BY table_name, key
HAVING count() > 1
ORDER BY table_name, key
