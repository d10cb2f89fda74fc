-- Events by what brought the user, as states; made like agg_events_hourly.
CREATE TABLE agg_traffic_sources
(
    event_hour DateTime('UTC') COMMENT 'Hour that they happened in',
    utm_source LowCardinality(String) COMMENT 'Campaign: source; empty: none',
    utm_medium LowCardinality(String) COMMENT 'Medium',
    utm_campaign LowCardinality(String) COMMENT 'Name',
    referer_medium LowCardinality(String) COMMENT 'Kind of the page that led there',
    total_events AggregateFunction(count) COMMENT 'Events',
    unique_users AggregateFunction(uniq, UUID) COMMENT 'Users, within some per cent',
    purchases AggregateFunction(countIf, UInt8) COMMENT 'Of the events, purchases'
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(event_hour)
ORDER BY (event_hour, utm_source, utm_medium, utm_campaign, referer_medium)
TTL event_hour + INTERVAL 365 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Events by traffic source';

CREATE TABLE agg_traffic_sources_stage AS agg_traffic_sources;
