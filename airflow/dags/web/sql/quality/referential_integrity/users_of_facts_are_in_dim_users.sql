-- Users of recently changed days that dim_users lacks, once it is built.
SELECT
    'Пользователей нет в справочнике' AS title,
    'error' AS severity,
    0 AS threshold,
    if((SELECT max(built_at) FROM layer_builds WHERE layer = 'facts') <= (SELECT max(upto) FROM layer_builds WHERE layer = 'users'), uniqExact(user_id), 0) AS value,
    concat('Пользователей вне справочника: ', toString(uniqExact(user_id))) AS message
FROM recent_facts_v
WHERE user_id NOT IN (SELECT user_id FROM dim_users)
