-- The last comparison with the WMS that could be decided found differences. No comparison yet is nothing wrong.
SELECT
    'Остатки расходятся с WMS' AS title,
    argMax(verdict, started_at) = 'different' AS wrong,
    concat(
        'Сверка ', formatDateTime(max(started_at), '%d.%m.%Y %H:%i'), ' UTC: нет в ClickHouse ', toString(argMax(missing, started_at)),
        ', лишних ', toString(argMax(extra, started_at)), ', отличаются ', toString(argMax(different, started_at)),
        '. Исправить: sklad verify --repair'
    ) AS message
FROM verify_runs
WHERE verdict != 'undecided'
