-- Every movement: a change of a balance by some units. What was read in the first snapshot is no movement.
WITH (SELECT lists FROM whereabouts_v) AS places
SELECT
    changes.committed_at AS "время",
    transform(changes.op, ['c', 'u', 'd'], ['новая позиция', 'изменение', 'удаление позиции'], changes.op) AS "операция",
    transform(changes.warehouse_id, places.warehouse_ids, places.regions, '-- не определено --') AS "регион",
    transform(changes.warehouse_id, places.warehouse_ids, places.warehouses, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    changes.quantity_before AS "было, шт.",
    changes.quantity AS "стало, шт.",
    greatest(changes.delta, 0) AS "приход, шт.",
    greatest(-changes.delta, 0) AS "расход, шт."
FROM stock_changes_v AS changes
LEFT ANY JOIN products_v ON changes.product_id = products_v.product_id
WHERE changes.delta != 0
