-- Share of the records of the last day, an hour after their arrival, whose event the browser feed has not told of.
SELECT
    'Записи без события браузера' AS title,
    'warning' AS severity,
    0.05 AS threshold,
    countIf(browser.event_id = toUUID('00000000-0000-0000-0000-000000000000')) / count() AS value,
    concat('Таких записей ', toString(countIf(browser.event_id = toUUID('00000000-0000-0000-0000-000000000000'))), ' из ', toString(count())) AS message
FROM
(
    SELECT event_id
    FROM merge(currentDatabase(), '^events_(device|geo|location)_raw$')
    WHERE arrived_at > now64(3, 'UTC') - INTERVAL 1 DAY AND arrived_at < now64(3, 'UTC') - INTERVAL 1 HOUR
) AS part
LEFT ANY JOIN events_browser_raw AS browser ON part.event_id = browser.event_id
SETTINGS join_algorithm = 'full_sorting_merge'
