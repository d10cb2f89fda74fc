-- All users by their first day, and how many came back. Days that nothing has told of yet are not asked about.
INSERT INTO agg_retention_stage
SELECT
    cohort_date,
    first_utm_source,
    geo_country,
    device_type,
    count() AS users,
    sumForEach(came) AS returned
FROM
(
    SELECT
        min(event_date) AS cohort_date,
        argMin(day_utm_source, event_date) AS first_utm_source,
        argMaxIf(day_country, event_date, day_country != '') AS geo_country,
        argMaxIf(day_device, event_date, day_device != '') AS device_type,
        arrayMap(
            later -> toUInt64(has(groupArray(event_date), cohort_date + later)),
            range(1, 1 + least(30, toUInt64((SELECT max(event_date) FROM agg_user_days) - cohort_date)))
        ) AS came
    FROM
    (
        SELECT
            user_id,
            event_date,
            first_utm_source AS day_utm_source,
            geo_country AS day_country,
            device_type AS day_device
        FROM agg_user_days
    )
    GROUP BY user_id
)
GROUP BY cohort_date, first_utm_source, geo_country, device_type
SETTINGS max_bytes_before_external_group_by = 500000000
