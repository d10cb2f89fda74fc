-- Events that staging has told of on the last day, before the last build, and that are no facts.
SELECT
    'События не попали в факты' AS title,
    'error' AS severity,
    0 AS threshold,
    uniqExact(event_id) AS value,
    concat('Событий без факта ', toString(value)) AS message
FROM events_browser_raw
WHERE arrived_at <= (SELECT max(upto) FROM layer_builds WHERE layer = 'facts')
    AND arrived_at > now64(3, 'UTC') - INTERVAL 1 DAY
    AND event_id NOT IN
    (
        SELECT event_id
        FROM fact_events
        WHERE toDate(event_at) IN (SELECT day FROM recent_days_v)
    )
