-- Countries and their regions, for filters.
SELECT
    coalesce(countries_v.country_name, places.geo_country) AS "страна",
    if(places.geo_region_name = '', '-- не определено --', places.geo_region_name) AS "регион посетителя"
FROM analytics.dim_geo AS places
LEFT ANY JOIN analytics.countries_v AS countries_v ON places.geo_country = countries_v.geo_country
