-- Every event once, joined from the four feeds: a row is there as soon as the browser's record is, and is replaced by a fuller one
-- when another part arrives, however late. Values are those of the parts' first records in Kafka, so that building a row again gives
-- the same row. Empty: the part told nothing, or (see parts) has not come.
CREATE TABLE fact_events
(
    event_id UUID COMMENT 'Event',
    event_at DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(DoubleDelta, ZSTD(1)),
    event_type LowCardinality(String) COMMENT 'What happened',
    user_id UUID COMMENT 'Pseudonym of the user',
    browser_name LowCardinality(String) COMMENT 'Browser',
    browser_user_agent LowCardinality(String) COMMENT 'What the browser calls itself',
    browser_language LowCardinality(String) COMMENT 'Language that it asks for',
    os_name LowCardinality(String) COMMENT 'Operating system',
    os_timezone LowCardinality(String) COMMENT 'Time zone that the device is set to',
    device_type LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    device_is_mobile Bool COMMENT 'Whether the device is carried about',
    ip_address Nullable(UUID) COMMENT 'Pseudonym of the IP address' CODEC(ZSTD(1)),
    geo_country LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    geo_region_name LowCardinality(String) COMMENT 'Region',
    geo_timezone LowCardinality(String) COMMENT 'Time zone of the place',
    geo_latitude Nullable(Float64) COMMENT 'Degrees north' CODEC(ZSTD(1)),
    geo_longitude Nullable(Float64) COMMENT 'Degrees east' CODEC(ZSTD(1)),
    page_url String COMMENT 'Address of the page' CODEC(ZSTD(1)),
    page_url_path LowCardinality(String) COMMENT 'Its path',
    referer_url String COMMENT 'Page that led there' CODEC(ZSTD(1)),
    referer_medium LowCardinality(String) COMMENT 'Kind of it: search, paid, social, email, internal, direct',
    utm_source LowCardinality(String) COMMENT 'Campaign: source',
    utm_medium LowCardinality(String) COMMENT 'Medium',
    utm_campaign LowCardinality(String) COMMENT 'Name',
    utm_content LowCardinality(String) COMMENT 'Which of its links',
    parts UInt8 COMMENT 'Feeds that told of it: 1 browser, 2 device, 4 geo, 8 location',
    version UInt8 COMMENT 'How many these are: of two rows of an event, the fuller one stays'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(event_at)
ORDER BY (event_at, event_id)
TTL toDateTime(event_at) + INTERVAL 365 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Events, joined from the four feeds';
