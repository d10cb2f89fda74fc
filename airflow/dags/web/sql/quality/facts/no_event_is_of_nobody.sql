-- Facts without a user, of recently changed days.
SELECT
    'События без пользователя' AS title,
    'error' AS severity,
    0 AS threshold,
    count() AS value,
    concat('Таких событий ', toString(count())) AS message
FROM fact_events FINAL
WHERE user_id = toUUID('00000000-0000-0000-0000-000000000000')
    AND toDate(event_at) IN
    (
        SELECT arrayJoin(days)
        FROM layer_builds
        WHERE layer = 'facts' AND built_at > now() - INTERVAL 25 HOUR
    )
SETTINGS do_not_merge_across_partitions_select_final = 1
