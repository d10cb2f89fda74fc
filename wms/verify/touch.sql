-- Has rows captured again: an update that changes nothing, in order of the key, as every writer should lock.
WITH wanted AS (
    SELECT warehouse_id, product_id
    FROM public.stock_balances
    WHERE (warehouse_id, product_id) IN (SELECT * FROM unnest(%(warehouse_id)s::integer[], %(product_id)s::integer[]))
    ORDER BY warehouse_id, product_id
    FOR UPDATE
)
UPDATE public.stock_balances AS balance
SET quantity = balance.quantity
FROM wanted
WHERE balance.warehouse_id = wanted.warehouse_id AND balance.product_id = wanted.product_id
RETURNING balance.warehouse_id, balance.product_id;
