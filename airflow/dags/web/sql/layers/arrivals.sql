-- What has arrived since a moment: how many records, and up to when.
SELECT
    count() AS records,
    max(arrived_at) AS upto
FROM
(
    SELECT arrived_at FROM events_browser_raw WHERE arrived_at > {since:DateTime64(3)}
    UNION ALL
    SELECT arrived_at FROM events_device_raw WHERE arrived_at > {since:DateTime64(3)}
    UNION ALL
    SELECT arrived_at FROM events_geo_raw WHERE arrived_at > {since:DateTime64(3)}
    UNION ALL
    SELECT arrived_at FROM events_location_raw WHERE arrived_at > {since:DateTime64(3)}
)
