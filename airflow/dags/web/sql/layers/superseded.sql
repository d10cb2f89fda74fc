-- How many of a day's facts a fuller row has replaced and are still there. A day at a time: each event's id is held in memory.
SELECT count() - uniqExact(event_id)
FROM fact_events
WHERE toDate(event_at) = {day:Date}
