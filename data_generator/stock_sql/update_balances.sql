-- Sets the quantity of balances that lock_balances.sql has locked.
UPDATE public.stock_balances AS balance
SET quantity = new.quantity
FROM unnest(%(warehouses)b::integer [], %(products)b::integer [], %(quantities)b::integer [])
    AS new (warehouse_id, product_id, quantity)
WHERE balance.warehouse_id = new.warehouse_id AND balance.product_id = new.product_id
