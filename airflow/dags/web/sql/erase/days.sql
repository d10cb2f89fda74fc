-- What there is of a user: events, and the days that they happened on.
SELECT
    sum(events) AS events,
    arraySort(groupUniqArray(day)) AS days
FROM
(
    SELECT
        toDate(event_at) AS day,
        count() AS events
    FROM fact_events FINAL
    WHERE user_id = {user:UUID}
    GROUP BY day
    UNION ALL
    SELECT
        event_date AS day,
        0 AS events
    FROM agg_user_days
    WHERE user_id = {user:UUID}
)
