-- Facts of recently changed days whose user was erased.
SELECT
    'Удалённый пользователь ещё в данных' AS title,
    'error' AS severity,
    0 AS threshold,
    count() AS value,
    concat('Событий удалённых пользователей ', toString(count())) AS message
FROM fact_events FINAL
WHERE user_id IN (SELECT user_id FROM erased_users)
    AND toDate(event_at) IN
    (
        SELECT arrayJoin(days)
        FROM layer_builds
        WHERE layer = 'facts' AND built_at > now() - INTERVAL 25 HOUR
    )
SETTINGS do_not_merge_across_partitions_select_final = 1
