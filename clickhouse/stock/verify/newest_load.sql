-- Where the slot of the newest load began: of the connector's own snapshot (op r) or of a bulk load. Changes that were
-- committed after that are in the log. A day is far enough back: what was loaded earlier has been in the stream since.
SELECT greatest(
    (
        SELECT max(lsn)
        FROM kafka_wms_stock_balances
        WHERE op = 'r' AND committed_at > {taken_at:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
    ),
    (
        SELECT argMax(slot_lsn, loaded_at)
        FROM stock_balances_loads
        WHERE loaded_at > {taken_at:DateTime64(6, 'UTC')} - INTERVAL 1 DAY
    ))
