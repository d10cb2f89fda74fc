-- Visits that came as far as a step, or farther: a visit of three steps is in three rows.
SELECT
    toDateTime(funnel.event_date, 'UTC') AS "день",
    arrayJoin(range(1, 1 + toUInt64(funnel.step))) AS "номер шага",
    ['визит', 'карточка товара', 'корзина', 'оформление', 'покупка']["номер шага"] AS "шаг",
    coalesce(countries_v.country_name, funnel.geo_country) AS "страна",
    coalesce(devices_v.device_name, funnel.device_type) AS "устройство",
    if(funnel.utm_source = '', 'без метки', funnel.utm_source) AS "источник",
    funnel.visits AS "визитов"
FROM analytics.agg_funnel_days AS funnel
LEFT ANY JOIN analytics.countries_v AS countries_v ON funnel.geo_country = countries_v.geo_country
LEFT ANY JOIN analytics.devices_v AS devices_v ON funnel.device_type = devices_v.device_type
