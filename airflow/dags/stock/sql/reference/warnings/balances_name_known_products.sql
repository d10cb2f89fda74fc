-- Warning: balances of products that are not staged. Stock arrives within seconds, reference data daily: new ids are
-- normal for a day.
SELECT
    'products' AS table_name,
    printf('%d products have balances and no reference data, for example %d', uniqExact(product_id), min(product_id)) AS reason
FROM stock_balances_v
WHERE product_id NOT IN (SELECT product_id FROM products_stage)
HAVING count() > 0
