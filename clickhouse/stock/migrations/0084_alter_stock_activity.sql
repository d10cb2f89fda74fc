-- A refresh that runs meanwhile would put a table without these columns in its place.
DROP VIEW stock_activity_mv;

-- What the next reading needs to know of this one, so that it can go on from here.
ALTER TABLE stock_activity
ADD COLUMN read_lsn UInt64
    COMMENT 'Changes up to this WAL position are settled: counted for good. 0: none, the log is read anew' CODEC(ZSTD(1)),
ADD COLUMN log_begins_at DateTime64(6, 'UTC') COMMENT 'Commit of the oldest change that the log had' CODEC(ZSTD(1)),
ADD COLUMN settled_changes UInt64
    COMMENT 'Settled changes of the position since the beginning of the day before the reading: proves that none came late'
    CODEC(ZSTD(1)),
ADD COLUMN unsettled_7d Int64 COMMENT 'How much of outflow_7d is not settled: the next reading counts it anew' CODEC(ZSTD(1)),
ADD COLUMN unsettled_28d Int64 COMMENT 'The same of outflow_28d' CODEC(ZSTD(1)),
ADD COLUMN unsettled_net_28d Int64 COMMENT 'The same of net_28d' CODEC(ZSTD(1));
