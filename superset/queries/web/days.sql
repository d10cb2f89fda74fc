-- Events and visitors by day, place, device and browser. Counts are states, for metrics alone: a visitor of several rows is one.
SELECT
    toDateTime(days.event_date, 'UTC') AS "день",
    coalesce(countries_v.country_name, days.geo_country) AS "страна",
    days.geo_country AS "код страны",
    if(days.geo_region_name = '', '-- не определено --', days.geo_region_name) AS "регион посетителя",
    coalesce(devices_v.device_name, days.device_type) AS "устройство",
    if(days.browser_name = '', '-- не определено --', days.browser_name) AS "браузер",
    days.total_events AS "#события",
    days.unique_users AS "#посетители",
    days.purchases AS "#покупки"
FROM analytics.agg_events_daily AS days
LEFT ANY JOIN analytics.countries_v AS countries_v ON days.geo_country = countries_v.geo_country
LEFT ANY JOIN analytics.devices_v AS devices_v ON days.device_type = devices_v.device_type
