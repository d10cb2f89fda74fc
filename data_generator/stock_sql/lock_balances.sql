-- Which of these keys exist, and how many pieces they hold; locked until the transaction ends, always in the order of the
-- primary key, so that two workloads never wait for each other in a circle.
SELECT
    balance.warehouse_id,
    balance.product_id,
    balance.quantity
FROM unnest(%(warehouses)b::integer [], %(products)b::integer []) AS wanted (warehouse_id, product_id)
INNER JOIN public.stock_balances AS balance
    ON wanted.warehouse_id = balance.warehouse_id AND wanted.product_id = balance.product_id
ORDER BY balance.warehouse_id, balance.product_id
FOR UPDATE OF balance
