-- Share of the events of recently changed days whose browser_name is empty though its feed has told of them.
SELECT
    'Пустой браузер' AS title,
    'warning' AS severity,
    0.02 AS threshold,
    countIf(browser_name = '') / count() AS value,
    concat('Пусто у ', toString(countIf(browser_name = '')), ' событий из ', toString(count())) AS message
FROM recent_facts_v
WHERE bitTest(parts, 0)
