-- Is the objective met: within an hour, 99 of 100 heartbeats are visible ${FRESHNESS_OBJECTIVE_SECONDS} s after their commit?
-- One is due every two seconds; one that is missing (a gap, or none until now) counts as late. burn: share of the late ones
-- by what is allowed; above 1 the objective is missed. Before the first one of all arrived there was nothing to be fresh:
-- what was sent until then counts as sent when it did.
CREATE OR REPLACE VIEW freshness_objective_v AS
WITH
    0.01 AS allowed,
    2 AS heartbeat_seconds,
    assumeNotNull((SELECT min(arrived_at) FROM heartbeats WHERE source = 'wms')) AS begins_at,
    beats AS
    (
        SELECT
            greatest(sent_at, begins_at) AS due_from,
            dateDiff('microsecond', due_from, arrived_at) / 1e6 AS seconds,
            leadInFrame(due_from, 1, now64(6, 'UTC')) OVER (ORDER BY due_from ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next_from
        FROM heartbeats FINAL
        WHERE source = 'wms' AND sent_at > now64(6, 'UTC') - INTERVAL 1 HOUR
    )
SELECT
    'stock_balances' AS table_name,
    ${FRESHNESS_OBJECTIVE_SECONDS} AS objective_seconds,
    count() AS arrived,
    countIf(seconds > objective_seconds) AS late,
    -- Up to three heartbeats' time between two is jitter.
    toUInt64(sum(if(dateDiff('second', due_from, next_from) > 3 * heartbeat_seconds,
        intDiv(dateDiff('second', due_from, next_from), heartbeat_seconds) - 1, 0))) AS missing,
    quantileExact(0.99)(seconds) AS p99_seconds,
    if(arrived + missing = 0, 1, (late + missing) / (arrived + missing)) / allowed AS burn
FROM beats;
