-- Seconds that facts are behind what had arrived an hour ago.
SELECT
    'Факты отстают от потоков' AS title,
    'error' AS severity,
    0 AS threshold,
    greatest(dateDiff('second', (SELECT max(upto) FROM layer_builds WHERE layer = 'facts'), waiting), 0) * (waiting > toDateTime64(0, 3, 'UTC')) AS value,
    if(
        waiting > toDateTime64(0, 3, 'UTC'),
        concat('Последняя запись старше часа пришла в ', toString(waiting), ' UTC'),
        'Записей старше часа нет'
    ) AS message
FROM
(
    SELECT max(arrived_at) AS waiting
    FROM merge(currentDatabase(), '^events_(browser|device|geo|location)_raw$')
    WHERE arrived_at < now64(3, 'UTC') - INTERVAL 1 HOUR
)
