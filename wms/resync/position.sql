-- Asked before the slot is made: every change that the slot will deliver belongs to a transaction that begins later, so it
-- stands behind this position in the log.
SELECT (pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint;
