-- The days that a staging table holds, as its partitions are called.
SELECT DISTINCT _partition_id AS day
FROM {stage:Identifier}
