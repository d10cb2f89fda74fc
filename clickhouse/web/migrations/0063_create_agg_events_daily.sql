-- Events by day, place, device and browser, as states; made like agg_events_hourly. Users of weeks are merged from it: an hour's
-- states would tell the same users again and again.
CREATE TABLE agg_events_daily
(
    event_date Date COMMENT 'Day, UTC',
    geo_country LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    geo_region_name LowCardinality(String) COMMENT 'Region',
    device_type LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    browser_name LowCardinality(String) COMMENT 'Browser',
    total_events AggregateFunction(count) COMMENT 'Events',
    unique_users AggregateFunction(uniq, UUID) COMMENT 'Users, within some per cent',
    purchases AggregateFunction(countIf, UInt8) COMMENT 'Of the events, purchases'
)
ENGINE = AggregatingMergeTree
PARTITION BY event_date
ORDER BY (geo_country, geo_region_name, device_type, browser_name)
TTL event_date + INTERVAL 365 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Events by day and place';

CREATE TABLE agg_events_daily_stage AS agg_events_daily;
