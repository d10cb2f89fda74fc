-- Share of the events of recently changed days whose page_url_path is empty though its feed has told of them.
SELECT
    'Пустой адрес страницы' AS title,
    'warning' AS severity,
    0.02 AS threshold,
    countIf(page_url_path = '') / count() AS value,
    concat('Пусто у ', toString(countIf(page_url_path = '')), ' событий из ', toString(count())) AS message
FROM recent_facts_v
WHERE bitTest(parts, 3)
