-- Ways between pages: from a site, or from a page of this one, to a page.
SELECT
    toDateTime(flows.event_date, 'UTC') AS "день",
    multiIf(
        flows.referer_is_internal, concat('сайт: ', flows.referer),
        flows.referer = '', 'прямой заход',
        flows.referer
    ) AS "откуда",
    flows.page AS "страница",
    coalesce(countries_v.country_name, flows.geo_country) AS "страна",
    coalesce(devices_v.device_name, flows.device_type) AS "устройство",
    if(flows.utm_source = '', 'без метки', flows.utm_source) AS "источник",
    flows.entries AS "переходов"
FROM analytics.agg_page_flows AS flows
LEFT ANY JOIN analytics.countries_v AS countries_v ON flows.geo_country = countries_v.geo_country
LEFT ANY JOIN analytics.devices_v AS devices_v ON flows.device_type = devices_v.device_type
