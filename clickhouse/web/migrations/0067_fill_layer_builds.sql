-- All days of facts have changed, as far as aggregates know: the next build fills those that have come new. On an empty engine: none.
INSERT INTO layer_builds (layer, built_at, upto, rows, days, seconds)
SELECT
    'facts',
    now64(6, 'UTC'),
    (SELECT max(upto) FROM layer_builds WHERE layer = 'facts'),
    0,
    groupUniqArray(toDate(event_at)) AS days,
    0
FROM fact_events
HAVING notEmpty(days);
