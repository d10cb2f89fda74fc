-- Bad rows: tables whose staged row count differs from the WMS's. The WMS counts: reading its rows anew would take as long as
-- loading them.
WITH counted AS (
    SELECT * FROM postgresql(wms_postgres, query = '
        SELECT ''regions'' AS table_name, count(*) AS in_source FROM public.regions
        UNION ALL SELECT ''warehouses'', count(*) FROM public.warehouses
        UNION ALL SELECT ''products'', count(*) FROM public.products')
)

SELECT
    staged.table_name,
    printf('%d rows are staged, the WMS has %d', staged.rows, counted.in_source) AS reason
FROM
(
    SELECT 'regions' AS table_name, count() AS rows FROM regions_stage
    UNION ALL
    SELECT 'warehouses' AS table_name, count() AS rows FROM warehouses_stage
    UNION ALL
    SELECT 'products' AS table_name, count() AS rows FROM products_stage
) AS staged
INNER JOIN counted ON staged.table_name = counted.table_name
WHERE staged.rows != counted.in_source
ORDER BY staged.table_name
