-- Bad rows: tables whose staged row count differs from the WMS's.
SELECT
    table_name,
    printf('%d rows are staged, the WMS has %d', staged, in_source) AS reason
FROM
(
    SELECT
        'regions' AS table_name,
        (SELECT count() FROM regions_stage) AS staged,
        (SELECT count() FROM postgresql(wms_postgres, table = 'regions')) AS in_source
    UNION ALL
    SELECT
        'warehouses' AS table_name,
        (SELECT count() FROM warehouses_stage) AS staged,
        (SELECT count() FROM postgresql(wms_postgres, table = 'warehouses')) AS in_source
    UNION ALL
    SELECT
        'products' AS table_name,
        (SELECT count() FROM products_stage) AS staged,
        (SELECT count() FROM postgresql(wms_postgres, table = 'products')) AS in_source
)
WHERE staged != in_source
ORDER BY table_name
