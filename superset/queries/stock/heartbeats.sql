-- Every heartbeat of the last week with the time that each hop took: what readers wait for a change; and the objective.
SELECT
    sent_at AS "время",
    dateDiff('microsecond', sent_at, arrived_at) / 1e6 AS "задержка, с",
    greatest(dateDiff('microsecond', sent_at, toDateTime64(captured_at, 6, 'UTC')), 0) / 1e6 AS "чтение журнала, с",
    greatest(dateDiff('millisecond', captured_at, queued_at), 0) / 1e3 AS "передача в Kafka, с",
    greatest(dateDiff('millisecond', queued_at, arrived_at), 0) / 1e3 AS "приём в ClickHouse, с",
    (SELECT objective_seconds FROM freshness_objective_v) AS "цель, с"
FROM heartbeats FINAL
WHERE source = 'wms'
