-- Moments of the past that a dashboard offers, UTC: every ten minutes of the last three hours, every hour of the last two days,
-- every midnight of the last month; none from before the change log begins, except that one is always there.
CREATE OR REPLACE VIEW past_moments_v AS
SELECT moment
FROM
(
    SELECT toStartOfTenMinutes(now('UTC')) - toIntervalMinute(10 * number) AS moment FROM numbers(18)
    UNION DISTINCT
    SELECT toStartOfHour(now('UTC')) - toIntervalHour(number) AS moment FROM numbers(48)
    UNION DISTINCT
    SELECT toDateTime(toStartOfDay(now('UTC')), 'UTC') - toIntervalDay(number) AS moment FROM numbers(31)
)
WHERE moment >= (SELECT begins_at FROM change_log_v) OR moment = toStartOfTenMinutes(now('UTC'));
