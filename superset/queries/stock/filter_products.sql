-- Choices of the filters by matrix and product: from the small reference table, so that opening a dashboard doesn't read
-- all balances for them, and so that a product that is nowhere in stock can be chosen too.
SELECT
    coalesce(product_category, '-- не определено --') AS "матрица",
    coalesce(product_name, '-- не определено --') AS "товар"
FROM products_v
UNION ALL
SELECT
    '-- не определено --' AS "матрица",
    '-- не определено --' AS "товар"
