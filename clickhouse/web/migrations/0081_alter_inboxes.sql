-- Why a message is no record is worked out by the views that ask, each for the rows that need it. As a default the words were sought for
-- every message, since the engine evaluates all branches of a default: three quarters of an insert's time.
ALTER TABLE events_browser_inbox
    MODIFY COLUMN reason LowCardinality(String) ALIAS multiIf(
        event.event_id != '00000000-0000-0000-0000-000000000000' AND event.user_id IS NOT NULL
            AND ifNull(event_at BETWEEN queued_at - INTERVAL 365 DAY AND queued_at + INTERVAL 1 DAY, 0)
            AND position(payload, '{', 2) = 0 AND position(payload, '[') = 0
            AND event.event_type IN ('pageview', 'click', 'search', 'add_to_cart', 'checkout', 'purchase'), '',
        NOT isValidJSON(payload), 'not JSON',
        event.set_aside IS NOT NULL, assumeNotNull(event.set_aside),
        event.event_id IS NULL OR event.event_id = '00000000-0000-0000-0000-000000000000', 'event_id is no UUID',
        event.user_id IS NULL, 'user_id is no pseudonym',
        event_at IS NULL, 'event_timestamp is no time',
        event_at < queued_at - INTERVAL 365 DAY, 'event_timestamp lies more than a year back',
        event_at > queued_at + INTERVAL 1 DAY, 'event_timestamp lies in the future',
        event.event_type IS NULL, 'no event_type',
        event.event_type NOT IN ('pageview', 'click', 'search', 'add_to_cart', 'checkout', 'purchase'), 'unknown event_type',
        (position(payload, '{', 2) > 0 OR position(payload, '[') > 0)
            AND arrayExists(name -> JSONType(payload, name) IN ('Object', 'Array'), ['event_id', 'user_id', 'event_timestamp', 'event_type', 'browser_name', 'browser_user_agent', 'browser_language']),
            'an object or a list where a value should be',
        '') COMMENT 'Why it is no record; empty: it is one';

ALTER TABLE events_device_inbox
    MODIFY COLUMN reason LowCardinality(String) ALIAS multiIf(
        event.event_id != '00000000-0000-0000-0000-000000000000' AND event.user_id IS NOT NULL
            AND ifNull(event_at BETWEEN queued_at - INTERVAL 365 DAY AND queued_at + INTERVAL 1 DAY, 0)
            AND position(payload, '{', 2) = 0 AND position(payload, '[') = 0
            AND event.device_is_mobile IS NOT NULL, '',
        NOT isValidJSON(payload), 'not JSON',
        event.set_aside IS NOT NULL, assumeNotNull(event.set_aside),
        event.event_id IS NULL OR event.event_id = '00000000-0000-0000-0000-000000000000', 'event_id is no UUID',
        event.user_id IS NULL, 'user_id is no pseudonym',
        event_at IS NULL, 'event_timestamp is no time',
        event_at < queued_at - INTERVAL 365 DAY, 'event_timestamp lies more than a year back',
        event_at > queued_at + INTERVAL 1 DAY, 'event_timestamp lies in the future',
        event.device_is_mobile IS NULL AND JSONType(payload, 'device_is_mobile') != 'Null', 'device_is_mobile is neither true nor false',
        (position(payload, '{', 2) > 0 OR position(payload, '[') > 0)
            AND arrayExists(name -> JSONType(payload, name) IN ('Object', 'Array'), ['event_id', 'user_id', 'event_timestamp', 'os_name', 'os_timezone', 'device_type', 'device_is_mobile']),
            'an object or a list where a value should be',
        '') COMMENT 'Why it is no record; empty: it is one';

ALTER TABLE events_geo_inbox
    MODIFY COLUMN reason LowCardinality(String) ALIAS multiIf(
        event.event_id != '00000000-0000-0000-0000-000000000000' AND event.user_id IS NOT NULL
            AND ifNull(event_at BETWEEN queued_at - INTERVAL 365 DAY AND queued_at + INTERVAL 1 DAY, 0)
            AND position(payload, '{', 2) = 0 AND position(payload, '[') = 0
            AND event.geo_latitude BETWEEN -90 AND 90 AND event.geo_longitude BETWEEN -180 AND 180 AND event.ip_address IS NOT NULL, '',
        NOT isValidJSON(payload), 'not JSON',
        event.set_aside IS NOT NULL, assumeNotNull(event.set_aside),
        event.event_id IS NULL OR event.event_id = '00000000-0000-0000-0000-000000000000', 'event_id is no UUID',
        event.user_id IS NULL, 'user_id is no pseudonym',
        event_at IS NULL, 'event_timestamp is no time',
        event_at < queued_at - INTERVAL 365 DAY, 'event_timestamp lies more than a year back',
        event_at > queued_at + INTERVAL 1 DAY, 'event_timestamp lies in the future',
        event.ip_address IS NULL AND JSONType(payload, 'ip_address') != 'Null', 'ip_address is no pseudonym',
        (event.geo_latitude IS NULL AND JSONType(payload, 'geo_latitude') != 'Null')
            OR (event.geo_longitude IS NULL AND JSONType(payload, 'geo_longitude') != 'Null'), 'a coordinate is no number',
        NOT ifNull(event.geo_latitude BETWEEN -90 AND 90, 1) OR NOT ifNull(event.geo_longitude BETWEEN -180 AND 180, 1),
            'a coordinate is not on Earth',
        (position(payload, '{', 2) > 0 OR position(payload, '[') > 0)
            AND arrayExists(name -> JSONType(payload, name) IN ('Object', 'Array'), ['event_id', 'user_id', 'event_timestamp', 'ip_address', 'geo_country', 'geo_region_name', 'geo_timezone', 'geo_latitude', 'geo_longitude']),
            'an object or a list where a value should be',
        '') COMMENT 'Why it is no record; empty: it is one';

ALTER TABLE events_location_inbox
    MODIFY COLUMN reason LowCardinality(String) ALIAS multiIf(
        event.event_id != '00000000-0000-0000-0000-000000000000' AND event.user_id IS NOT NULL
            AND ifNull(event_at BETWEEN queued_at - INTERVAL 365 DAY AND queued_at + INTERVAL 1 DAY, 0)
            AND position(payload, '{', 2) = 0 AND position(payload, '[') = 0, '',
        NOT isValidJSON(payload), 'not JSON',
        event.set_aside IS NOT NULL, assumeNotNull(event.set_aside),
        event.event_id IS NULL OR event.event_id = '00000000-0000-0000-0000-000000000000', 'event_id is no UUID',
        event.user_id IS NULL, 'user_id is no pseudonym',
        event_at IS NULL, 'event_timestamp is no time',
        event_at < queued_at - INTERVAL 365 DAY, 'event_timestamp lies more than a year back',
        event_at > queued_at + INTERVAL 1 DAY, 'event_timestamp lies in the future',
        (position(payload, '{', 2) > 0 OR position(payload, '[') > 0)
            AND arrayExists(name -> JSONType(payload, name) IN ('Object', 'Array'), ['event_id', 'user_id', 'event_timestamp', 'page_url', 'page_url_path', 'referer_url', 'referer_medium', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content']),
            'an object or a list where a value should be',
        '') COMMENT 'Why it is no record; empty: it is one';
