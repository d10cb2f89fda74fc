-- Share of the records of the last day that repeat another one of their feed.
SELECT
    'Потоки повторяют записи' AS title,
    'warning' AS severity,
    0.05 AS threshold,
    sum(records - events) / sum(records) AS value,
    concat('Повторов ', toString(sum(records - events)), ' из ', toString(sum(records))) AS message
FROM
(
    SELECT
        _table AS feed,
        uniqExact(kafka_partition, kafka_offset) AS records,
        uniqExact(event_id) AS events
    FROM merge(currentDatabase(), '^events_(browser|device|geo|location)_raw$')
    WHERE arrived_at > now64(3, 'UTC') - INTERVAL 1 DAY
    GROUP BY feed
)
