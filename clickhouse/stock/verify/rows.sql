-- The rows of some buckets, in order of the key; updated_at in microseconds since 1970.
SELECT warehouse_id, product_id, quantity, updated_at
FROM (${state_at_snapshot})
WHERE bitAnd(warehouse_id * toInt64(1000003) + product_id, 4095) IN ({buckets:Array(UInt16)})
ORDER BY warehouse_id, product_id
