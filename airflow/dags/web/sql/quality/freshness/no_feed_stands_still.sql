-- Seconds that one feed is behind the one that arrived last.
SELECT
    'Один из потоков встал' AS title,
    'warning' AS severity,
    1800 AS threshold,
    dateDiff('second', min(newest), max(newest)) AS value,
    concat('Отстаёт ', argMin(feed, newest), ': последняя запись пришла в ', toString(min(newest)), ' UTC') AS message
FROM
(
    SELECT
        _table AS feed,
        max(arrived_at) AS newest
    FROM merge(currentDatabase(), '^events_(browser|device|geo|location)_raw$')
    GROUP BY feed
)
