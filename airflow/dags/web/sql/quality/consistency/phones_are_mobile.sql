-- Share of the events of recently changed days whose device is a phone that is not mobile, or a desktop that is.
SELECT
    'Тип устройства противоречит мобильности' AS title,
    'warning' AS severity,
    0.01 AS threshold,
    countIf((device_type = 'phone' AND NOT device_is_mobile) OR (device_type = 'desktop' AND device_is_mobile)) / count() AS value,
    concat('Таких событий ', toString(countIf((device_type = 'phone' AND NOT device_is_mobile) OR (device_type = 'desktop' AND device_is_mobile))), ' из ', toString(count())) AS message
FROM recent_facts_v
