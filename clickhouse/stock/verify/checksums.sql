-- Rows and the sum of their hashes for each bucket of keys. wms/verify/checksums.sql computes the very same and says how.
-- PostgreSQL gives a moment's seconds as a floating-point number, so its way there and back is gone here too.
WITH
    bitAnd(warehouse_id * toInt64(1000003) + product_id, 4095) AS bucket,
    (warehouse_id * {a:Int64} + product_id * {b:Int64} + {c:Int64}) % 2147483647 AS key_form,
    toInt64(roundBankers(updated_at / 1000000 * 1000000)) AS microseconds,
    (quantity * {d:Int64} + microseconds % 2147483647 + {e:Int64}) % 2147483647 AS value_form
SELECT
    bucket,
    count() AS rows,
    sum((key_form * key_form) % 2147483647 * value_form) AS checksum
FROM (${state_at_snapshot})
GROUP BY bucket
