-- What a restore would overwrite: events that this stack has staged.
SELECT
    (SELECT count() FROM events_browser_raw)
    + (SELECT count() FROM events_device_raw)
    + (SELECT count() FROM events_geo_raw)
    + (SELECT count() FROM events_location_raw) AS events
