-- The old slot, whatever state it is in. It must be inactive: the connector is stopped.
SELECT pg_catalog.pg_drop_replication_slot(slot_name)
FROM pg_catalog.pg_replication_slots
WHERE slot_name = %(slot)s;
