-- Places that events came from. Counted anew as a whole and put in place at once.
CREATE TABLE dim_geo
(
    geo_country LowCardinality(String) COMMENT 'Country, ISO 3166-1 alpha-2',
    geo_region_name LowCardinality(String) COMMENT 'Region',
    geo_timezone LowCardinality(String) COMMENT 'Time zone of the region''s last event',
    geo_latitude Nullable(Float64) COMMENT 'Degrees north, of the middle of its events',
    geo_longitude Nullable(Float64) COMMENT 'Degrees east',
    first_seen_at DateTime64(3, 'UTC') COMMENT 'First event',
    last_seen_at DateTime64(3, 'UTC') COMMENT 'Last event',
    events UInt64 COMMENT 'Events'
)
ENGINE = MergeTree
ORDER BY (geo_country, geo_region_name)
COMMENT 'Places';

CREATE TABLE dim_geo_stage AS dim_geo;
