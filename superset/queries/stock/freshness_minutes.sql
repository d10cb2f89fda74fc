-- Commit to visible by the minute, of heartbeats and of real changes, for a year; and the objective.
SELECT
    minute AS "время",
    if(kind = 'heartbeat', 'пульс', 'изменение') AS "вид",
    events AS "событий",
    p50_seconds AS "p50, с",
    p95_seconds AS "p95, с",
    p99_seconds AS "p99, с",
    max_seconds AS "дольше всего, с",
    (SELECT objective_seconds FROM freshness_objective_v) AS "цель, с"
FROM freshness_minutes FINAL
