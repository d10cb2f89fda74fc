-- Positions that changed since the last count: what they were then and what they are, by the end of the log. Empty while that can't
-- tell (last_count_v). A change that the count has seen is none since: it says with which it saw a position, be it deleted. Of one that
-- it doesn't name nothing is in the log but what came after, so the first change is an insert if it was not there.
CREATE OR REPLACE VIEW moved_positions_v AS
WITH (SELECT (settled_lsn, is_known) FROM last_count_v) AS last_count
SELECT
    log.warehouse_id AS warehouse_id,
    log.product_id AS product_id,
    argMin((log.op != 'c', log.quantity_before), (log.lsn, log.op != 'd')) AS earlier,
    argMax((log.op != 'd', log.quantity), (log.lsn, log.op != 'd')) AS latest,
    tupleElement(earlier, 1) AS was_there,
    tupleElement(earlier, 2) AS quantity_before,
    tupleElement(latest, 1) AS is_there,
    tupleElement(latest, 2) AS quantity
FROM kafka_wms_stock_balances AS log
LEFT ANY JOIN
(
    SELECT warehouse_id, tupleElement(position, 1) AS product_id, max(tupleElement(position, 2)) AS version
    FROM stock_bands
    ARRAY JOIN recent AS position
    WHERE kind = 'shelf'
    GROUP BY warehouse_id, product_id
) AS seen ON log.warehouse_id = seen.warehouse_id AND log.product_id = seen.product_id
WHERE tupleElement(last_count, 2)
    AND log.lsn >= tupleElement(last_count, 1)
    AND log.op IN ('c', 'u', 'd')
    AND log.lsn > ifNull(seen.version, 0)
GROUP BY warehouse_id, product_id;
