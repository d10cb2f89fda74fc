-- Events by what brought the visitor. Counts are states, for metrics alone.
SELECT
    event_hour AS "время",
    if(utm_source = '', 'без метки', utm_source) AS "источник",
    if(utm_medium = '', 'без метки', utm_medium) AS "канал",
    if(utm_campaign = '', 'без кампании', utm_campaign) AS "кампания",
    transform(
        referer_medium,
        ['search', 'paid', 'social', 'email', 'internal', 'direct', ''],
        ['поиск', 'реклама', 'соцсети', 'рассылка', 'внутри сайта', 'прямой заход', '-- не определено --'],
        referer_medium
    ) AS "переход",
    total_events AS "#события",
    unique_users AS "#посетители",
    purchases AS "#покупки"
FROM analytics.agg_traffic_sources
