-- Share of the events of recently changed days that a feed has not told of.
SELECT
    'События без части потоков' AS title,
    'warning' AS severity,
    0.05 AS threshold,
    countIf(parts != 15) / count() AS value,
    concat('Неполных событий ', toString(countIf(parts != 15)), ' из ', toString(count())) AS message
FROM recent_facts_v
