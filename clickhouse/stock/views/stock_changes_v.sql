-- Readers' interface to the change log: every change of a balance, once. Snapshot reads are no changes; what a TRUNCATE took
-- has no rows. A filter by committed_at reads the days it asks for, if the reader's profile lets FINAL look at one partition
-- at a time (users.d).
CREATE OR REPLACE VIEW stock_changes_v AS
SELECT
    lsn,
    committed_at,
    op,
    warehouse_id,
    product_id,
    quantity_before,
    quantity,
    quantity - quantity_before AS delta
FROM kafka_wms_stock_balances FINAL
WHERE op IN ('c', 'u', 'd');
