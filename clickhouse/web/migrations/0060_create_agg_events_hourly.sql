-- Events by hour, as states: read with countMerge and uniqMerge. A day is counted anew from fact_events and put in place at once
-- whenever one of its events has changed; an incremental view would count a replaced row twice.
CREATE TABLE agg_events_hourly
(
    event_hour DateTime('UTC') COMMENT 'Hour that they happened in',
    event_type LowCardinality(String) COMMENT 'What happened',
    browser_name LowCardinality(String) COMMENT 'Browser',
    device_type LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    geo_country LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    total_events AggregateFunction(count) COMMENT 'Events',
    unique_users AggregateFunction(uniq, UUID) COMMENT 'Users, within some per cent'
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(event_hour)
ORDER BY (event_hour, event_type, browser_name, device_type, geo_country)
TTL event_hour + INTERVAL 365 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Events by hour';

CREATE TABLE agg_events_hourly_stage AS agg_events_hourly;
