-- Places of recently changed days that dim_geo lacks, once it is built.
SELECT
    'Мест нет в справочнике' AS title,
    'error' AS severity,
    0 AS threshold,
    if((SELECT max(built_at) FROM layer_builds WHERE layer = 'facts') <= (SELECT max(upto) FROM layer_builds WHERE layer = 'geo'), uniqExact(geo_country, geo_region_name), 0) AS value,
    concat('Мест вне справочника: ', toString(uniqExact(geo_country, geo_region_name))) AS message
FROM fact_events FINAL
WHERE geo_country != '' AND (geo_country, geo_region_name) NOT IN (SELECT geo_country, geo_region_name FROM dim_geo)
    AND toDate(event_at) IN
    (
        SELECT arrayJoin(days)
        FROM layer_builds
        WHERE layer = 'facts' AND built_at > now() - INTERVAL 25 HOUR
    )
SETTINGS do_not_merge_across_partitions_select_final = 1
