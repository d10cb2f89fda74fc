-- Share of the events of recently changed days that a feed has not told of.
SELECT
    'События без части потоков' AS title,
    'warning' AS severity,
    0.05 AS threshold,
    countIf(parts != 15) / count() AS value,
    concat('Неполных событий ', toString(countIf(parts != 15)), ' из ', toString(count())) AS message
FROM fact_events FINAL
WHERE toDate(event_at) IN
    (
        SELECT arrayJoin(days)
        FROM layer_builds
        WHERE layer = 'facts' AND built_at > now() - INTERVAL 25 HOUR
    )
SETTINGS do_not_merge_across_partitions_select_final = 1
