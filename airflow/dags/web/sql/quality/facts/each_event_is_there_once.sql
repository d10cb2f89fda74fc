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
    FROM recent_facts_v
)
