-- Share of the events of recently changed days whose geo_country is empty though its feed has told of them.
SELECT
    'Пустая страна' AS title,
    'warning' AS severity,
    0.02 AS threshold,
    countIf(geo_country = '') / count() AS value,
    concat('Пусто у ', toString(countIf(geo_country = '')), ' событий из ', toString(count())) AS message
FROM fact_events FINAL
WHERE bitTest(parts, 2)
    AND toDate(event_at) IN
    (
        SELECT arrayJoin(days)
        FROM layer_builds
        WHERE layer = 'facts' AND built_at > now() - INTERVAL 25 HOUR
    )
SETTINGS do_not_merge_across_partitions_select_final = 1
