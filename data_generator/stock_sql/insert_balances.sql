-- Lists products. Another workload may have listed the same one meanwhile: then it stays as it is.
INSERT INTO public.stock_balances (warehouse_id, product_id, quantity)
SELECT
    new.warehouse_id,
    new.product_id,
    new.quantity
FROM unnest(%(warehouses)b::integer [], %(products)b::integer [], %(quantities)b::integer [])
    AS new (warehouse_id, product_id, quantity)
ON CONFLICT DO NOTHING
