-- Share of the events of recently changed days whose geo_country is empty though its feed has told of them.
SELECT
    'Пустая страна' AS title,
    'warning' AS severity,
    0.02 AS threshold,
    countIf(geo_country = '') / count() AS value,
    concat('Пусто у ', toString(countIf(geo_country = '')), ' событий из ', toString(count())) AS message
FROM recent_facts_v
WHERE bitTest(parts, 2)
