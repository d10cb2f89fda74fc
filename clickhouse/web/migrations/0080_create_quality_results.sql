-- Every check of data quality that ran: what it measured, and whether that is good enough.
CREATE TABLE quality_results
(
    checked_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When it ran',
    run_id String COMMENT 'Airflow''s run that it belongs to',
    check_group LowCardinality(String) COMMENT 'freshness, nulls, duplicates, referential_integrity, consistency, facts or layers',
    check_name LowCardinality(String) COMMENT 'Its file below airflow/dags/web/sql/quality',
    severity LowCardinality(String) COMMENT 'error: nothing is built on it; warning: it is told',
    value Float64 COMMENT 'What was measured',
    threshold Float64 COMMENT 'What it may be at most',
    passed Bool COMMENT 'Whether it is no more',
    title String COMMENT 'For people: what is looked at',
    message String COMMENT 'For people: what was found'
)
ENGINE = MergeTree
ORDER BY (check_name, checked_at)
TTL toDateTime(checked_at) + INTERVAL 1 YEAR
COMMENT 'Results of data quality checks';
