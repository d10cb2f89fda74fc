-- Comparisons of ClickHouse with the WMS, row by row (`sklad verify`): what came out of each.
SELECT
    runs.started_at AS "время",
    runs.table_name AS "таблица",
    transform(
        runs.verdict,
        ['equal', 'different', 'undecided'],
        ['совпадает', 'расходится', 'не решено'],
        toString(runs.verdict)
    ) AS "итог",
    runs."rows" AS "строк сверено",
    runs.missing + runs.extra + runs.different AS "расхождений",
    runs.repaired AS "исправлено",
    runs.seconds AS "длилась, с",
    if(runs.reason = '', arrayStringConcat(runs.differences, '; '), runs.reason) AS "подробности"
FROM verify_runs AS runs
