-- TRUNCATE in the WMS has no rows to delete one by one: every version below its LSN is gone.
CREATE TABLE stock_balances_truncates
(
    lsn UInt64 COMMENT 'WAL position of the TRUNCATE',
    committed_at DateTime64(6, 'UTC') COMMENT 'Commit in the WMS'
)
ENGINE = ReplacingMergeTree
ORDER BY lsn
COMMENT 'TRUNCATEs of WMS public.stock_balances';
