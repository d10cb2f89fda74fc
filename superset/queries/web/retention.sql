-- Visitors by the day of their first event, and how many of them came so many days later.
SELECT
    toDateTime(cohorts.cohort_date, 'UTC') AS "первый день",
    formatDateTime(cohorts.cohort_date, '%Y-%m-%d') AS "когорта",
    arrayJoin(arrayEnumerate(cohorts.returned)) AS "дней спустя",
    coalesce(countries_v.country_name, cohorts.geo_country) AS "страна",
    coalesce(devices_v.device_name, cohorts.device_type) AS "устройство",
    if(cohorts.first_utm_source = '', 'без метки', cohorts.first_utm_source) AS "источник",
    cohorts.users AS "в когорте",
    cohorts.returned["дней спустя"] AS "вернулось"
FROM analytics.agg_retention AS cohorts
LEFT ANY JOIN analytics.countries_v AS countries_v ON cohorts.geo_country = countries_v.geo_country
LEFT ANY JOIN analytics.devices_v AS devices_v ON cohorts.device_type = devices_v.device_type
