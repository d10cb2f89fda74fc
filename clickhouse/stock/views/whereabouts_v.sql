-- The names of all warehouses and of their regions in one row of lists, for transform(warehouse_id, …). A list of millions that is
-- cut after its first rows, or filtered by region, is not joined with them first: the engine cuts below one join, not below two.
CREATE OR REPLACE VIEW whereabouts_v AS
SELECT
    CAST(
        (
            groupArray(warehouse_id),
            groupArray(coalesce(warehouse_name, '-- не определено --')),
            groupArray(coalesce(region_id, 0)),
            groupArray(coalesce(region_name, '-- не определено --'))
        ) AS Tuple(warehouse_ids Array(Int32), warehouses Array(String), region_ids Array(Int32), regions Array(String))
    ) AS lists
FROM warehouses_v;
