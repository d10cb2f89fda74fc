-- From where to which page: entries into a page, by the page or site before it. Numbers in paths are one: /product/17 and
-- /product/18 are /product/…. Made like agg_events_hourly.
CREATE TABLE agg_page_flows
(
    event_date Date COMMENT 'Day, UTC',
    referer LowCardinality(String) COMMENT 'What led there: a domain, or a path of this site; empty: nothing',
    referer_is_internal Bool COMMENT 'Whether that is a path of this site',
    page LowCardinality(String) COMMENT 'Path of the page that was entered',
    device_type LowCardinality(String) COMMENT 'desktop, phone, tablet or bot',
    geo_country LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    utm_source LowCardinality(String) COMMENT 'Campaign: source; empty: none',
    entries UInt64 COMMENT 'How often' CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY event_date
ORDER BY (page, referer_is_internal, referer, device_type, geo_country, utm_source)
TTL event_date + INTERVAL 365 DAY
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Ways between pages';

CREATE TABLE agg_page_flows_stage AS agg_page_flows;
