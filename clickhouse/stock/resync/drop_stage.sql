-- What was loaded lives on in stock_balances.
DROP TABLE IF EXISTS stock_balances_resync SYNC
