-- Choices of the filters by region and warehouse: from the small reference tables, so that opening a dashboard doesn't
-- read all balances for them, and so that a warehouse with nothing on its shelves can be chosen too.
SELECT
    coalesce(region_name, '-- не определено --') AS "регион",
    coalesce(warehouse_name, '-- не определено --') AS "склад"
FROM warehouses_v
UNION ALL
SELECT
    '-- не определено --' AS "регион",
    '-- не определено --' AS "склад"
