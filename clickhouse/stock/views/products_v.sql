-- Products, for joins: what is unknown or empty is NULL, and so is what a LEFT JOIN does not find.
CREATE OR REPLACE VIEW products_v AS
SELECT
    product_id,
    nullIf(product_name, '') AS product_name,
    nullIf(product_category, '') AS product_category
FROM products;
