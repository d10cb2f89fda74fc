-- Rows and the sum of their hashes for each bucket of keys. clickhouse/stock/verify/checksums.sql computes the very same:
-- the square of a random linear form of the key times one of the values, modulo a prime. Numbers only, which is four times
-- as fast as md5 over text; a, b, c, d and e are drawn anew for each run, so that no damage escapes twice.
SELECT
    bucket,
    count(*) AS rows,
    sum(mod(key_form * key_form, 2147483647) * value_form) AS checksum
FROM (
    SELECT
        (warehouse_id::bigint * 1000003 + product_id) & 4095 AS bucket,
        mod(warehouse_id * %(a)s::bigint + product_id * %(b)s::bigint + %(c)s::bigint, 2147483647) AS key_form,
        mod(
            quantity * %(d)s::bigint + mod(
                CASE
                    WHEN isfinite(updated_at) THEN (date_part('epoch', updated_at) * 1000000)::bigint
                    ELSE 9223372036854775807
                END, 2147483647
            ) + %(e)s::bigint, 2147483647
        ) AS value_form
    FROM public.stock_balances
) AS forms
GROUP BY bucket;
