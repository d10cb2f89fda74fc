-- Events of recently changed days that lie more than a day ahead.
SELECT
    'События из будущего' AS title,
    'error' AS severity,
    0 AS threshold,
    countIf(event_at > now64(3, 'UTC') + INTERVAL 1 DAY) AS value,
    concat('Таких событий ', toString(countIf(event_at > now64(3, 'UTC') + INTERVAL 1 DAY))) AS message
FROM fact_events FINAL
WHERE toDate(event_at) IN
    (
        SELECT arrayJoin(days)
        FROM layer_builds
        WHERE layer = 'facts' AND built_at > now() - INTERVAL 25 HOUR
    )
SETTINGS do_not_merge_across_partitions_select_final = 1
