-- Which of these keys do not exist.
SELECT
    wanted.warehouse_id,
    wanted.product_id
FROM unnest(%(warehouses)b::integer [], %(products)b::integer []) AS wanted (warehouse_id, product_id)
WHERE NOT EXISTS (
    SELECT FROM public.stock_balances AS balance
    WHERE balance.warehouse_id = wanted.warehouse_id AND balance.product_id = wanted.product_id
)
