-- What there is of a user: events, and the days that they happened on.
SELECT
    count() AS events,
    arraySort(groupUniqArray(toDate(event_at))) AS days
FROM fact_events FINAL
WHERE user_id = {user:UUID}
