-- The loaded rows take the state's place in one step; no reader sees it empty or half.
ALTER TABLE stock_balances REPLACE PARTITION tuple() FROM stock_balances_resync
