-- Every check of data quality that ran; the last run of each says so. What has not run for a day when others did has no last run.
SELECT
    checked_at AS "проверено",
    transform(
        check_group,
        ['freshness', 'nulls', 'duplicates', 'referential_integrity', 'consistency', 'facts', 'layers'],
        ['свежесть', 'пропуски', 'повторы', 'ссылки', 'согласованность', 'факты', 'слои'],
        check_group
    ) AS "группа",
    title AS "что проверяется",
    check_name AS "проверка",
    multiIf(passed, 'пройдена', severity = 'error', 'ошибка', 'предупреждение') AS "итог",
    value AS "значение",
    threshold AS "порог",
    message AS "что найдено",
    if(
        (check_group, check_name, checked_at) IN
        (
            SELECT
                last_runs.check_group,
                last_runs.check_name,
                max(last_runs.checked_at)
            FROM analytics.quality_results AS last_runs
            WHERE last_runs.checked_at > (SELECT max(newest.checked_at) FROM analytics.quality_results AS newest) - INTERVAL 1 DAY
            GROUP BY last_runs.check_group, last_runs.check_name
        ),
        'да', 'нет'
    ) AS "последняя"
FROM analytics.quality_results
