-- Share of the messages of the last day that were set aside. Those of users who were erased do not count.
SELECT
    'Много неразобранных сообщений' AS title,
    'warning' AS severity,
    0.01 AS threshold,
    rejected / (rejected + records) AS value,
    concat('Отложено ', toString(rejected), ' сообщений из ', toString(rejected + records)) AS message
FROM
(
    SELECT
        (
            SELECT count()
            FROM events_rejected FINAL
            WHERE arrived_at > now64(3, 'UTC') - INTERVAL 1 DAY AND payload != ''
        ) AS rejected,
        (
            SELECT count()
            FROM merge(currentDatabase(), '^events_(browser|device|geo|location)_raw$')
            WHERE arrived_at > now64(3, 'UTC') - INTERVAL 1 DAY
        ) AS records
)
