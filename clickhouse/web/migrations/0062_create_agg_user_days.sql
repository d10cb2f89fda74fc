-- Each user's day in a row: dim_users is made of it, and so is retention. Made like agg_events_hourly.
CREATE TABLE agg_user_days
(
    event_date Date COMMENT 'Day, UTC',
    user_id UUID COMMENT 'Pseudonym of the user',
    first_at DateTime64(3, 'UTC') COMMENT 'First event of the day' CODEC(ZSTD(1)),
    last_at DateTime64(3, 'UTC') COMMENT 'Last event of the day' CODEC(ZSTD(1)),
    events UInt32 COMMENT 'Events' CODEC(ZSTD(1)),
    purchases UInt32 COMMENT 'Of them, purchases' CODEC(ZSTD(1)),
    first_utm_source LowCardinality(String) COMMENT 'What the first event came from: source',
    first_utm_medium LowCardinality(String) COMMENT 'Medium',
    first_utm_campaign LowCardinality(String) COMMENT 'Campaign',
    geo_country LowCardinality(String) COMMENT 'Country of the last event that has one',
    geo_region_name LowCardinality(String) COMMENT 'Region of that event',
    browser_name LowCardinality(String) COMMENT 'Browser of the last event',
    device_type LowCardinality(String) COMMENT 'Device of the last event that has one'
)
ENGINE = MergeTree
PARTITION BY event_date
ORDER BY user_id
TTL event_date + INTERVAL 365 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Days of users';

CREATE TABLE agg_user_days_stage AS agg_user_days;
