-- Facts without a user, of recently changed days.
SELECT
    'События без пользователя' AS title,
    'error' AS severity,
    0 AS threshold,
    count() AS value,
    concat('Таких событий ', toString(count())) AS message
FROM recent_facts_v
WHERE user_id = toUUID('00000000-0000-0000-0000-000000000000')
