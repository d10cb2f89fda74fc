-- The loaded rows take the state's place in one step; no reader sees it empty or half. A table that the WMS has emptied is empty
-- here too.
ALTER TABLE stock_balances REPLACE PARTITION tuple() FROM stock_balances_resync
SETTINGS allow_replace_partition_from_empty_source = 1
