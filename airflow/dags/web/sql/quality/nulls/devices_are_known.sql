-- Share of the events of recently changed days whose device_type is empty though its feed has told of them.
SELECT
    'Пустой тип устройства' AS title,
    'warning' AS severity,
    0.02 AS threshold,
    countIf(device_type = '') / count() AS value,
    concat('Пусто у ', toString(countIf(device_type = '')), ' событий из ', toString(count())) AS message
FROM fact_events FINAL
WHERE bitTest(parts, 1)
    AND toDate(event_at) IN
    (
        SELECT arrayJoin(days)
        FROM layer_builds
        WHERE layer = 'facts' AND built_at > now() - INTERVAL 25 HOUR
    )
SETTINGS do_not_merge_across_partitions_select_final = 1
