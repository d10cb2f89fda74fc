-- Rows and checksum of the state that a SELECT gives; that SELECT is filled in.
SELECT
    count(),
    sum(cityHash64(warehouse_id, product_id, quantity, toUnixTimestamp64Micro(toDateTime64(updated_at, 6, 'UTC'))))
FROM
(
    ${state}
)
