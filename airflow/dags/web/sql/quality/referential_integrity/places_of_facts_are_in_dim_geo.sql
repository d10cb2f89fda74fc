-- Places of recently changed days that dim_geo lacks, once it is built.
SELECT
    'Мест нет в справочнике' AS title,
    'error' AS severity,
    0 AS threshold,
    if((SELECT max(built_at) FROM layer_builds WHERE layer = 'facts') <= (SELECT max(upto) FROM layer_builds WHERE layer = 'geo'), uniqExact(geo_country, geo_region_name), 0) AS value,
    concat('Мест вне справочника: ', toString(uniqExact(geo_country, geo_region_name))) AS message
FROM recent_facts_v
WHERE geo_country != '' AND (geo_country, geo_region_name) NOT IN (SELECT geo_country, geo_region_name FROM dim_geo)
