-- Movements by warehouse and category, as they are at the moment of the query: whole hours as they were counted (stock_hours), their
-- moment being the hour's beginning, and what came later change by change. An hour is taken from the count an hour after it ended. A
-- change that arrives later than that shows after the next count. Before the first one all is read from the log.
CREATE OR REPLACE VIEW stock_hours_v AS
WITH (SELECT max(toStartOfHour(counted_at - INTERVAL 1 HOUR)) FROM (SELECT counted_at FROM stock_hours LIMIT 1)) AS counted_to
SELECT
    hour AS moment,
    warehouse_id,
    product_category,
    is_known_product,
    inflow,
    outflow,
    movements,
    ran_out,
    came_back
FROM stock_hours
WHERE hour < counted_to AND movements > 0
UNION ALL
SELECT
    changes.committed_at AS moment,
    changes.warehouse_id AS warehouse_id,
    ifNull(known.product_category, '') AS product_category,
    ifNull(known.is_known, 0) AS is_known_product,
    greatest(changes.delta, 0) AS inflow,
    greatest(-changes.delta, 0) AS outflow,
    1 AS movements,
    changes.quantity <= 0 AND changes.quantity_before > 0 AS ran_out,
    changes.quantity > 0 AND changes.quantity_before <= 0 AS came_back
FROM stock_changes_v AS changes
LEFT ANY JOIN (SELECT product_id, product_category, 1 AS is_known FROM products) AS known
    ON changes.product_id = known.product_id
WHERE changes.committed_at >= counted_to AND changes.delta != 0;
