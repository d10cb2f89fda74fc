-- What was built when: each layer begins where its last build ended.
CREATE TABLE layer_builds
(
    layer LowCardinality(String) COMMENT 'facts, aggregates, users, geo, optimized or cleared (staging)',
    built_at DateTime64(6, 'UTC') COMMENT 'When the build ended',
    upto DateTime64(6, 'UTC') COMMENT 'What it has seen: arrivals until then (facts), builds of facts until then (the others)',
    rows UInt64 COMMENT 'Events looked at (facts), rows written (the others)',
    days Array(Date) COMMENT 'Days that it changed',
    seconds Float64 COMMENT 'How long it took'
)
ENGINE = MergeTree
ORDER BY (layer, built_at)
TTL toDateTime(built_at) + INTERVAL 1 YEAR
COMMENT 'Builds of facts, aggregates and dimensions';
