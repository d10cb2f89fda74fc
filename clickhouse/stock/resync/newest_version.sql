-- The newest version that the state or its truncates have.
SELECT greatest((SELECT max(version) FROM stock_balances), (SELECT max(lsn) FROM stock_balances_truncates))
