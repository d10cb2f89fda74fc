-- Current balances counted together: units and positions of each warehouse, matrix and band of quantities. What is filtered by
-- product is asked of stock_totals_detail.sql.
SELECT
    totals.warehouse_id AS "id склада",
    coalesce(warehouses_v.warehouse_name, '-- не определено --') AS "склад",
    coalesce(warehouses_v.region_id, 0) AS "id региона",
    coalesce(warehouses_v.region_name, '-- не определено --') AS "регион",
    coalesce(nullIf(totals.product_category, ''), '-- не определено --') AS "матрица",
    '-- все --' AS "товар",
    totals.band_from AS "остаток от, шт.",
    totals.units AS "остаток, шт.",
    totals.positions AS "позиций"
FROM stock_bands_v AS totals
LEFT ANY JOIN warehouses_v ON totals.warehouse_id = warehouses_v.warehouse_id
