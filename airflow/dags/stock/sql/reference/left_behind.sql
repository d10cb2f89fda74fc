-- Tables that a publication held and, killed, did not release.
SELECT name
FROM system.tables
WHERE database = currentDatabase()
    AND match(name, '^(regions|warehouses|products)_held_')
    AND metadata_modification_time < now() - INTERVAL 1 HOUR
