-- What `sklad status` says of the product: label, value, and what is wrong with it or nothing.
SELECT
    'web: facts' AS label,
    if(
        count() = 0,
        'nothing has been built yet',
        concat(
            toString((SELECT count() FROM fact_events)), ' events, built ',
            formatDateTime(max(built_at), '%F %R', 'UTC'), ' UTC from what had arrived by ', formatDateTime(max(upto), '%F %R', 'UTC')
        )
    ) AS value,
    '' AS problem
FROM layer_builds
WHERE layer = 'facts' AND rows > 0
UNION ALL
SELECT
    'web: checks' AS label,
    concat(toString(countIf(passed)), ' of ', toString(count()), ' passed') AS value,
    if(
        countIf(NOT passed AND severity = 'error') = 0,
        '',
        concat(
            'web checks fail: ', arrayStringConcat(arraySort(groupArrayIf(check_name, NOT passed AND severity = 'error')), ', '),
            '. docs/web.md says what to do.'
        )
    ) AS problem
FROM
(
    SELECT
        check_name,
        argMax(results.passed, checked_at) AS passed,
        argMax(results.severity, checked_at) AS severity
    FROM quality_results AS results
    WHERE checked_at > now() - INTERVAL 1 DAY
    GROUP BY check_name
)
