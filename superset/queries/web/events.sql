-- Events by hour. Counts are states, for metrics alone.
SELECT
    events.event_hour AS "время",
    transform(
        events.event_type,
        ['pageview', 'click', 'search', 'add_to_cart', 'checkout', 'purchase'],
        ['просмотр страницы', 'клик', 'поиск', 'в корзину', 'оформление', 'покупка'],
        events.event_type
    ) AS "событие",
    if(events.browser_name = '', '-- не определено --', events.browser_name) AS "браузер",
    coalesce(devices_v.device_name, events.device_type) AS "устройство",
    coalesce(countries_v.country_name, events.geo_country) AS "страна",
    events.total_events AS "#события"
FROM analytics.agg_events_hourly AS events
LEFT ANY JOIN analytics.countries_v AS countries_v ON events.geo_country = countries_v.geo_country
LEFT ANY JOIN analytics.devices_v AS devices_v ON events.device_type = devices_v.device_type
