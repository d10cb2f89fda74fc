-- The days that a table holds, as its partitions are called.
SELECT DISTINCT _partition_id AS day
FROM {stage:Identifier}
