-- Where the connector's slot stands: all before confirmed_lsn was acknowledged by Kafka.
SELECT
    active,
    wal_status,
    (confirmed_flush_lsn - '0/0'::pg_lsn)::bigint AS confirmed_lsn
FROM pg_catalog.pg_replication_slots
WHERE slot_name = %(slot)s;
