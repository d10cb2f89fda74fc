-- Read regions from the WMS. A NULL becomes an empty text, which the checks refuse.
INSERT INTO regions_stage (region_id, region_name)
SELECT
    region_id,
    region_name
FROM postgresql(wms_postgres, table = 'regions')
