-- Changes from before the load that are still on their way can't come back to life: as after a TRUNCATE, versions up to this
-- one are gone.
INSERT INTO stock_balances_truncates (lsn, committed_at) SELECT {version:UInt64} - 1, now64(6, 'UTC')
