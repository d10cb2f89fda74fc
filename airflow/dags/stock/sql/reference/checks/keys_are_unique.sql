-- Bad rows: keys that occur more than once. Counting different keys by a bitmap is cheap; only a table that has fewer of
-- them than rows is looked at key by key.
SELECT
    table_name,
    printf('key %d occurs %d times', key, occurrences) AS reason
FROM
(
    SELECT 'regions' AS table_name, region_id AS key, count() AS occurrences FROM regions_stage
    WHERE (SELECT count() > groupBitmap(toUInt32(region_id)) FROM regions_stage)
    GROUP BY key
    UNION ALL
    SELECT 'warehouses' AS table_name, warehouse_id AS key, count() AS occurrences FROM warehouses_stage
    WHERE (SELECT count() > groupBitmap(toUInt32(warehouse_id)) FROM warehouses_stage)
    GROUP BY key
    UNION ALL
    SELECT 'products' AS table_name, product_id AS key, count() AS occurrences FROM products_stage
    WHERE (SELECT count() > groupBitmap(toUInt32(product_id)) FROM products_stage)
    GROUP BY key
)
WHERE occurrences > 1
ORDER BY table_name, key
