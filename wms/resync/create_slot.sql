-- The new slot; returns where it begins. Waits until all transactions have ended that run now.
SELECT (lsn - '0/0'::pg_lsn)::bigint
FROM pg_catalog.pg_create_logical_replication_slot(%(slot)s, 'pgoutput');
