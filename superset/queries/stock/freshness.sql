-- How fresh the tables behind the dashboards are, measured with a heartbeat row that travels the whole path.
SELECT
    table_name AS "таблица",
    last_change_at AS "последнее изменение",
    last_heartbeat_at AS "последний пульс",
    latency_seconds AS "задержка, с",
    latency_p50_seconds AS "задержка p50, с",
    latency_p95_seconds AS "задержка p95, с",
    latency_p99_seconds AS "задержка p99, с",
    staleness_seconds AS "отставание, с"
FROM freshness_v
