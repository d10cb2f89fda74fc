-- How far back the change log reaches, and where a look at its last seven days begins. Known without reading the log.
CREATE OR REPLACE VIEW change_log_v AS
SELECT
    min(committed_at) AS begins_at,
    greatest(begins_at, now64(6, 'UTC') - INTERVAL 7 DAY) AS week_begins_at,
    -- Days of the last seven that it covers, at least one: a divisor.
    greatest(dateDiff('second', week_begins_at, now64(6, 'UTC')) / 86400, 1) AS days_of_week
FROM kafka_wms_stock_balances;
