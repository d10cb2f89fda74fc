-- How many pages the table has; of a partitioned one, its largest partition: a range of pages is one of each partition.
SELECT
    greatest(
        pg_catalog.pg_relation_size('public.stock_balances'),
        (SELECT max(pg_catalog.pg_relation_size(relid)) FROM pg_catalog.pg_partition_tree('public.stock_balances'))
    ) / current_setting('block_size')::bigint
