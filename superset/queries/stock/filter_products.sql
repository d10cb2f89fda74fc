-- Choices of the filters by matrix and product: from the small reference table, so that opening a dashboard doesn't read
-- all balances for them, and so that a product that is nowhere in stock can be chosen too.
SELECT
    product_category AS "матрица",
    product_name AS "товар"
FROM products
UNION ALL
SELECT
    '-- не определено --' AS "матрица",
    '-- не определено --' AS "товар"
