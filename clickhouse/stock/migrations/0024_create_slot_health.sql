-- The WMS's own word on the connector's slot, asked twice a minute: Connect may say RUNNING for half an hour after it is lost.
-- Columns are named here, so that ClickHouse can make the table while the WMS is down.
CREATE TABLE wms_replication_slots
(
    slot_name String,
    active Nullable(UInt8),
    wal_status Nullable(String),
    restart_lsn Nullable(String),
    confirmed_flush_lsn Nullable(String),
    safe_wal_size Nullable(Int64)
)
ENGINE = PostgreSQL(wms_postgres, table = 'pg_replication_slots', schema = 'pg_catalog')
COMMENT 'The WMS''s pg_replication_slots, asked anew by each query';

CREATE TABLE slot_health
(
    asked_at DateTime('UTC') COMMENT 'When the WMS was asked',
    slot_name LowCardinality(String) COMMENT 'Which slot',
    is_active UInt8 COMMENT '1: somebody reads it',
    wal_status LowCardinality(String) COMMENT 'reserved, extended, unreserved or lost; missing: there is no such slot',
    restart_lsn String COMMENT 'The WMS keeps its log from here on',
    confirmed_lsn String COMMENT 'Kafka has everything up to here',
    bytes_until_lost Nullable(Int64) COMMENT 'What may still be written before the slot is given up; NULL: no limit'
)
ENGINE = MergeTree
ORDER BY (slot_name, asked_at)
TTL asked_at + INTERVAL 90 DAY
COMMENT 'The replication slot over time';

CREATE MATERIALIZED VIEW slot_health_mv REFRESH EVERY 30 SECOND APPEND TO slot_health AS
SELECT
    now('UTC') AS asked_at,
    wanted.slot_name AS slot_name,
    ifNull(found.active, 0) AS is_active,
    if(found.slot_name = '', 'missing', ifNull(found.wal_status, 'lost')) AS wal_status,
    ifNull(found.restart_lsn, '') AS restart_lsn,
    ifNull(found.confirmed_flush_lsn, '') AS confirmed_lsn,
    found.safe_wal_size AS bytes_until_lost
FROM (SELECT 'sklad_stock' AS slot_name) AS wanted
LEFT JOIN wms_replication_slots AS found ON found.slot_name = wanted.slot_name;
