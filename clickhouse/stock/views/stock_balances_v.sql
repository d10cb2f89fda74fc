-- Readers' interface: the current state, exact at the moment of the query. Deleted and truncated rows are gone.
CREATE OR REPLACE VIEW stock_balances_v AS
SELECT
    warehouse_id,
    product_id,
    quantity,
    updated_at
FROM stock_balances FINAL
WHERE is_deleted = 0
    AND version > (SELECT max(lsn) FROM stock_balances_truncates);
