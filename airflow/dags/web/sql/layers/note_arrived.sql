-- The events that a part of has arrived between two moments.
INSERT INTO arrived_events
SELECT event_id FROM events_browser_raw WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {upto:DateTime64(3)}
UNION ALL
SELECT event_id FROM events_device_raw WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {upto:DateTime64(3)}
UNION ALL
SELECT event_id FROM events_geo_raw WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {upto:DateTime64(3)}
UNION ALL
SELECT event_id FROM events_location_raw WHERE arrived_at > {since:DateTime64(3)} AND arrived_at <= {upto:DateTime64(3)}
