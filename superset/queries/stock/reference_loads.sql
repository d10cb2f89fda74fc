-- Daily loads of the reference tables: when each was published, how many rows, how long reading them took.
SELECT
    loads.loaded_at AS "время",
    loads.table_name AS "таблица",
    loads."rows" AS "строк",
    loads.seconds AS "чтение, с",
    loads.run_id AS "запуск"
FROM reference_loads AS loads FINAL
