-- Bad rows: tables that lost more than {max_shrink_share} (0 to 1) of the rows that are published.
SELECT
    table_name,
    printf(
        '%d rows now, %d published: a loss of more than %.0f %% (max_shrink_share)',
        staged, published, {max_shrink_share:Float64} * 100
    ) AS reason
FROM
(
    SELECT
        'regions' AS table_name,
        (SELECT count() FROM regions_stage) AS staged,
        (SELECT count() FROM regions) AS published
    UNION ALL
    SELECT
        'warehouses' AS table_name,
        (SELECT count() FROM warehouses_stage) AS staged,
        (SELECT count() FROM warehouses) AS published
    UNION ALL
    SELECT
        'products' AS table_name,
        (SELECT count() FROM products_stage) AS staged,
        (SELECT count() FROM products) AS published
)
WHERE staged < published * (1 - {max_shrink_share:Float64})
ORDER BY table_name
