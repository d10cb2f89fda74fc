-- Bad rows: staged warehouses whose region is not staged.
SELECT
    'warehouses' AS table_name,
    printf('warehouse %d lies in region %d, which is not in regions', warehouse_id, region_id) AS reason
FROM warehouses_stage
WHERE region_id NOT IN (SELECT region_id FROM regions_stage)
ORDER BY warehouse_id
