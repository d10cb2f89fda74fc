-- Every entry of the change log, snapshot reads and truncates too, by operation, with the time it took from the commit.
SELECT
    committed_at AS "время",
    transform(
        op,
        ['c', 'u', 'd', 'r', 't'],
        ['создание', 'изменение', 'удаление', 'чтение снимка', 'очистка таблицы'],
        op
    ) AS "операция",
    dateDiff('millisecond', committed_at, arrived_at) / 1e3 AS "задержка, с"
FROM kafka_wms_stock_balances FINAL
