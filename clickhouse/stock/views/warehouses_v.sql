-- Warehouses with their regions, for joins: what is unknown or empty is NULL, and so is what a LEFT JOIN does not find, with
-- join_use_nulls or without. ANY: should a region ever come twice, its warehouses still come once.
CREATE OR REPLACE VIEW warehouses_v AS
SELECT
    warehouses.warehouse_id AS warehouse_id,
    nullIf(warehouses.warehouse_name, '') AS warehouse_name,
    known.id AS region_id,
    known.name AS region_name
FROM warehouses
LEFT ANY JOIN
(
    SELECT region_id, toNullable(region_id) AS id, nullIf(region_name, '') AS name
    FROM regions
) AS known ON warehouses.region_id = known.region_id;
