-- Choices of the filters by region and warehouse: from the small reference tables, so that opening a dashboard doesn't
-- read all balances for them, and so that a warehouse with nothing on its shelves can be chosen too.
WITH
known_regions AS (
    SELECT
        region_id,
        region_name,
        true AS known
    FROM regions
)

SELECT
    if(known_regions.known, known_regions.region_name, '-- не определено --') AS "регион",
    warehouses.warehouse_name AS "склад"
FROM warehouses
LEFT ANY JOIN known_regions ON warehouses.region_id = known_regions.region_id
UNION ALL
SELECT
    '-- не определено --' AS "регион",
    '-- не определено --' AS "склад"
