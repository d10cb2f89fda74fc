-- How fresh the tables behind the dashboards are, measured with a heartbeat row that travels the whole path.
SELECT
    table_name AS "таблица",
    last_change_at AS "последнее изменение",
    last_heartbeat_at AS "последний пульс",
    latency_seconds AS "задержка, с",
    staleness_seconds AS "отставание, с"
FROM freshness_v
