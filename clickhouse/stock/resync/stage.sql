-- An empty twin of the state.
CREATE OR REPLACE TABLE stock_balances_resync AS stock_balances
