-- How far visits came: a visit is a user's day. Made like agg_events_hourly.
CREATE TABLE agg_funnel_days
(
    event_date Date COMMENT 'Day, UTC',
    device_type LowCardinality(String) COMMENT 'Device of the visit''s last event that has one',
    geo_country LowCardinality(String) COMMENT 'Country of the last event that has one',
    utm_source LowCardinality(String) COMMENT 'What the visit''s first event came from: source; empty: none',
    step UInt8 COMMENT 'How far: 1 anything, 2 a product''s page, 3 the cart, 4 the checkout, 5 a purchase, one after the other',
    visits UInt64 COMMENT 'Visits that came as far as that and no farther' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY event_date
ORDER BY (step, device_type, geo_country, utm_source)
TTL event_date + INTERVAL 365 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'How far visits came';

CREATE TABLE agg_funnel_days_stage AS agg_funnel_days;
