-- Reads some of the table's pages from the WMS (wms/resync/rows.sql). A row that changes meanwhile may come with the old values
-- or with the new: its change is in the stream, which begins before this reading, and has a larger version. A part need
-- not be looked through for a key that it has twice: optimize_on_insert would cost a fifth of the load.
INSERT INTO stock_balances_resync (warehouse_id, product_id, quantity, updated_at, version, is_deleted)
SELECT warehouse_id, product_id, quantity, toTimeZone(updated_at, 'UTC'), {version:UInt64}, 0
FROM postgresql(wms_postgres, query = {rows:String})
SETTINGS optimize_on_insert = 0
