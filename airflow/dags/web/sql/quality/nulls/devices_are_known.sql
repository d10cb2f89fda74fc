-- Share of the events of recently changed days whose device_type is empty though its feed has told of them.
SELECT
    'Пустой тип устройства' AS title,
    'warning' AS severity,
    0.02 AS threshold,
    countIf(device_type = '') / count() AS value,
    concat('Пусто у ', toString(countIf(device_type = '')), ' событий из ', toString(count())) AS message
FROM recent_facts_v
WHERE bitTest(parts, 1)
