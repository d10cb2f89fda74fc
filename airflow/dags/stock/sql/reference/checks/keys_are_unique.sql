-- Bad rows: keys that occur more than once. Each table is sorted by its key, so twins stand side by side.
SELECT
    table_name,
    printf('key %d occurs %d times', key, occurrences) AS reason
FROM
(
    SELECT 'regions' AS table_name, region_id AS key, count() AS occurrences FROM regions_stage GROUP BY key
    UNION ALL
    SELECT 'warehouses' AS table_name, warehouse_id AS key, count() AS occurrences FROM warehouses_stage GROUP BY key
    UNION ALL
    SELECT 'products' AS table_name, product_id AS key, count() AS occurrences FROM products_stage GROUP BY key
)
WHERE occurrences > 1
ORDER BY table_name, key
SETTINGS optimize_aggregation_in_order = 1
