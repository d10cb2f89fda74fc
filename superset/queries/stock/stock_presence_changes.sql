-- Positions that ran out and positions that came back, each time.
WITH (SELECT lists FROM whereabouts_v) AS places
SELECT
    changes.committed_at AS "время",
    if(changes.quantity > 0, 'вернулся', 'закончился') AS "событие",
    transform(changes.warehouse_id, places.warehouse_ids, places.regions, '-- не определено --') AS "регион",
    transform(changes.warehouse_id, places.warehouse_ids, places.warehouses, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    changes.quantity_before AS "было, шт.",
    changes.quantity AS "стало, шт."
FROM stock_changes_v AS changes
LEFT ANY JOIN products_v ON changes.product_id = products_v.product_id
WHERE (changes.quantity > 0) != (changes.quantity_before > 0)
