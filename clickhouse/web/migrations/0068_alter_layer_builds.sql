-- Retention is a layer of its own.
ALTER TABLE layer_builds
    COMMENT COLUMN layer 'facts, aggregates, users, geo, retention, optimized or cleared (staging)';
