-- Read warehouses from the WMS. A NULL becomes an empty text or region 0, which the checks refuse.
INSERT INTO warehouses_stage (warehouse_id, warehouse_name, region_id)
SELECT
    warehouse_id,
    warehouse_name,
    region_id
FROM postgresql(wms_postgres, table = 'warehouses')
