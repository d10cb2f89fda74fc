-- Since when the change log tells all that happened to the balances, and where a look at its last seven days begins. A TRUNCATE,
-- a snapshot and a bulk load change balances without telling each: what was before them can't be counted back from today.
-- Known without reading the log.
CREATE OR REPLACE VIEW change_log_v AS
SELECT
    greatest(
        (SELECT min(committed_at) FROM kafka_wms_stock_balances),
        (SELECT max(committed_at) FROM stock_balances_truncates),
        (SELECT max(loaded_at) FROM stock_balances_loads)
    ) AS begins_at,
    greatest(begins_at, now64(6, 'UTC') - INTERVAL 7 DAY) AS week_begins_at,
    -- Days of the last seven that it covers, at least one: a divisor.
    greatest(dateDiff('second', week_begins_at, now64(6, 'UTC')) / 86400, 1) AS days_of_week;
