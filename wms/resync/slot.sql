-- The slot, if there is one.
SELECT slot_name FROM pg_catalog.pg_replication_slots WHERE slot_name = %(slot)s;
