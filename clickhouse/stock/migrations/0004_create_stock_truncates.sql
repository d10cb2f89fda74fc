-- Where everything before is gone, without a delete for each row: a TRUNCATE, and a snapshot that was read to its end. What
-- the latter did not find was deleted while nobody listened, or was read by an earlier snapshot that never came to its end.
CREATE TABLE stock_balances_truncates
(
    lsn UInt64 COMMENT 'Versions up to this WAL position are gone',
    committed_at DateTime64(6, 'UTC') COMMENT 'Commit in the WMS, or when the snapshot was read',
    is_snapshot UInt8 COMMENT '1: a snapshot, 0: a TRUNCATE',
    kafka_offset UInt64 COMMENT 'Where it stands in the topic'
)
ENGINE = ReplacingMergeTree
ORDER BY lsn
COMMENT 'TRUNCATEs and snapshots of WMS public.stock_balances';
