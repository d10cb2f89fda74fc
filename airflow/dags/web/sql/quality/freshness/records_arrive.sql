-- Seconds since anything has arrived; nothing ever is nothing wrong.
SELECT
    'Записи не приходят' AS title,
    'warning' AS severity,
    3600 AS threshold,
    if(count() = 0, nan, dateDiff('second', max(arrived_at), now64(3, 'UTC'))) AS value,
    concat('Последняя запись пришла в ', toString(max(arrived_at)), ' UTC') AS message
FROM merge(currentDatabase(), '^events_(browser|device|geo|location)_raw$')
