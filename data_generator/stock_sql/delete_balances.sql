-- Delists balances that lock_balances.sql has locked.
DELETE FROM public.stock_balances AS balance
USING unnest(%(warehouses)b::integer [], %(products)b::integer []) AS gone (warehouse_id, product_id)
WHERE balance.warehouse_id = gone.warehouse_id AND balance.product_id = gone.product_id
