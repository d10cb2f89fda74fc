-- Positions that ran out and positions that came back, each time.
SELECT
    changes.committed_at AS "время",
    if(changes.quantity > 0, 'вернулся', 'закончился') AS "событие",
    coalesce(warehouses_v.region_name, '-- не определено --') AS "регион",
    coalesce(warehouses_v.warehouse_name, '-- не определено --') AS "склад",
    coalesce(products_v.product_category, '-- не определено --') AS "матрица",
    coalesce(products_v.product_name, '-- не определено --') AS "товар",
    changes.quantity_before AS "было, шт.",
    changes.quantity AS "стало, шт."
FROM stock_changes_v AS changes
LEFT ANY JOIN warehouses_v ON changes.warehouse_id = warehouses_v.warehouse_id
LEFT ANY JOIN products_v ON changes.product_id = products_v.product_id
WHERE (changes.quantity > 0) != (changes.quantity_before > 0)
