-- Events that miss a part: facts that are not full, and parts whose browser record has not come.
INSERT INTO kept_events
SELECT event_id
FROM fact_events FINAL
WHERE parts != 15
UNION ALL
SELECT part.event_id
FROM events_device_raw AS part
LEFT ANY JOIN events_browser_raw AS browser ON part.event_id = browser.event_id
WHERE part.arrived_at < {before:DateTime64(3)} AND browser.event_id = toUUID('00000000-0000-0000-0000-000000000000')
UNION ALL
SELECT part.event_id
FROM events_geo_raw AS part
LEFT ANY JOIN events_browser_raw AS browser ON part.event_id = browser.event_id
WHERE part.arrived_at < {before:DateTime64(3)} AND browser.event_id = toUUID('00000000-0000-0000-0000-000000000000')
UNION ALL
SELECT part.event_id
FROM events_location_raw AS part
LEFT ANY JOIN events_browser_raw AS browser ON part.event_id = browser.event_id
WHERE part.arrived_at < {before:DateTime64(3)} AND browser.event_id = toUUID('00000000-0000-0000-0000-000000000000')
SETTINGS join_algorithm = 'full_sorting_merge', do_not_merge_across_partitions_select_final = 1
