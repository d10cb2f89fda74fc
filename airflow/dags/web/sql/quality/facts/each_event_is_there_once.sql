-- Facts beyond one an event, of recently changed days: two times in one event's records, for example.
SELECT
    'Событие учтено дважды' AS title,
    'error' AS severity,
    0 AS threshold,
    rows - events AS value,
    concat('Лишних строк ', toString(rows - events), ' на ', toString(events), ' событий') AS message
FROM
(
    SELECT
        count() AS rows,
        uniqExact(event_id) AS events
    FROM fact_events FINAL
    WHERE toDate(event_at) IN
        (
            SELECT arrayJoin(days)
            FROM layer_builds
            WHERE layer = 'facts' AND built_at > now() - INTERVAL 25 HOUR
        )
)
SETTINGS do_not_merge_across_partitions_select_final = 1
