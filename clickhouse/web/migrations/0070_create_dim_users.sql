-- Users: what agg_user_days tells of each. Counted anew as a whole and put in place at once.
CREATE TABLE dim_users
(
    user_id UUID COMMENT 'Pseudonym of the user',
    first_seen_at DateTime64(3, 'UTC') COMMENT 'First event' CODEC(ZSTD(1)),
    last_seen_at DateTime64(3, 'UTC') COMMENT 'Last event' CODEC(ZSTD(1)),
    active_days UInt32 COMMENT 'Days with an event' CODEC(ZSTD(1)),
    events UInt64 COMMENT 'Events' CODEC(ZSTD(1)),
    purchases UInt64 COMMENT 'Of them, purchases' CODEC(ZSTD(1)),
    first_utm_source LowCardinality(String) COMMENT 'What brought the user first: source',
    first_utm_medium LowCardinality(String) COMMENT 'Medium',
    first_utm_campaign LowCardinality(String) COMMENT 'Campaign',
    geo_country LowCardinality(String) COMMENT 'Country seen last',
    geo_region_name LowCardinality(String) COMMENT 'Region seen last',
    browser_name LowCardinality(String) COMMENT 'Browser seen last',
    device_type LowCardinality(String) COMMENT 'Device seen last'
)
ENGINE = MergeTree
ORDER BY user_id
COMMENT 'Users';

CREATE TABLE dim_users_stage AS dim_users;
