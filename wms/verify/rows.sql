-- The rows of some buckets, in order of the key; updated_at in microseconds since 1970.
SELECT
    warehouse_id,
    product_id,
    quantity,
    CASE
        WHEN isfinite(updated_at) THEN (extract(EPOCH FROM updated_at) * 1000000)::bigint
        ELSE 9223372036854775807
    END AS updated_at
FROM public.stock_balances
WHERE ((warehouse_id::bigint * 1000003 + product_id) & 4095) = ANY(%(buckets)s)
ORDER BY warehouse_id, product_id;
