-- A source that was restored from a backup counts its positions from an earlier one: what was truncated beyond the load's
-- version belongs to a past that no longer is.
ALTER TABLE stock_balances_truncates DELETE WHERE lsn >= {version:UInt64} SETTINGS mutations_sync = 1
