-- First query of the transaction: which transactions it sees, the fence (all that it sees was committed before this
-- position of the log), and the moment.
SELECT
    pg_catalog.pg_current_snapshot()::text AS snapshot,
    (pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS fence_lsn,
    pg_catalog.clock_timestamp() AS taken_at;
