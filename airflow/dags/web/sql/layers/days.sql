-- The days of a slice's events.
SELECT DISTINCT toDate(event_at) AS day
FROM events_browser_raw
WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
    AND event_id IN
    (
        SELECT event_id
        FROM arrived_events
        WHERE event_id > {after:UUID} AND event_id <= {last:UUID}
    )
ORDER BY day
