-- Of these days, those whose facts are in more parts than that.
SELECT toDate(event_at) AS day
FROM fact_events
WHERE toDate(event_at) IN {days:Array(Date)}
GROUP BY day
HAVING uniqExact(_part) > {parts:UInt32}
ORDER BY day
