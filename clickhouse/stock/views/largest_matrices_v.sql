-- The product categories (матрицы) that a chart of cells has room for: those with the most products.
CREATE OR REPLACE VIEW largest_matrices_v AS
SELECT product_category
FROM products
WHERE product_category != ''
GROUP BY product_category
ORDER BY count() DESC, product_category
LIMIT 40;
