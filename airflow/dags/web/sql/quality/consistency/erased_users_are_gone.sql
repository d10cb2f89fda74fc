-- Facts of recently changed days whose user was erased.
SELECT
    'Удалённый пользователь ещё в данных' AS title,
    'error' AS severity,
    0 AS threshold,
    count() AS value,
    concat('Событий удалённых пользователей ', toString(count())) AS message
FROM recent_facts_v
WHERE user_id IN (SELECT user_id FROM erased_users)
