-- The slot, asked at its server: what the log kept for it amounts to, and what may still be written before it is given up
-- (NULL: no limit). No row: there is no such slot.
SELECT
    active,
    wal_status,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)::bigint AS kept_wal_bytes,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), confirmed_flush_lsn)::bigint AS unread_wal_bytes,
    safe_wal_size AS bytes_until_lost
FROM pg_catalog.pg_replication_slots
WHERE slot_name = %(slot)s;
