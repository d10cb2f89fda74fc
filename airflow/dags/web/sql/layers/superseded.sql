-- Of these days, those with facts that a fuller row has replaced and that are still there.
SELECT day
FROM
(
    SELECT
        toDate(event_at) AS day,
        count() AS rows,
        uniqExact(event_id) AS events
    FROM fact_events
    WHERE toDate(event_at) IN {days:Array(Date)}
    GROUP BY day
)
WHERE rows > events
ORDER BY day
