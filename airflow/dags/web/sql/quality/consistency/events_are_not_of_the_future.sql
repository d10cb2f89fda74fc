-- Events of recently changed days that lie more than a day ahead.
SELECT
    'События из будущего' AS title,
    'error' AS severity,
    0 AS threshold,
    countIf(event_at > now64(3, 'UTC') + INTERVAL 1 DAY) AS value,
    concat('Таких событий ', toString(countIf(event_at > now64(3, 'UTC') + INTERVAL 1 DAY))) AS message
FROM recent_facts_v
