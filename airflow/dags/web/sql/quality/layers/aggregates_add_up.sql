-- Recently changed days whose events the aggregates count otherwise than there are facts; while a build is under way, none.
SELECT
    'Агрегаты расходятся с фактами' AS title,
    'error' AS severity,
    0 AS threshold,
    if(
        (SELECT max(built_at) FROM layer_builds WHERE layer = 'facts')
            <= (SELECT max(upto) FROM layer_builds WHERE layer = 'aggregates'),
        countIf(facts != hourly OR facts != daily OR facts != sources OR facts != users),
        0
    ) AS value,
    concat('Дней, где агрегаты расходятся с фактами: ', toString(value)) AS message
FROM
(
    SELECT
        day,
        sumIf(counted, source = 'facts') AS facts,
        sumIf(counted, source = 'hourly') AS hourly,
        sumIf(counted, source = 'daily') AS daily,
        sumIf(counted, source = 'sources') AS sources,
        sumIf(counted, source = 'users') AS users
    FROM
    (
        SELECT
            toDate(event_at) AS day,
            toUInt64(count()) AS counted,
            'facts' AS source
        FROM fact_events FINAL
        GROUP BY day
        UNION ALL
        SELECT
            toDate(event_hour) AS day,
            toUInt64(countMerge(total_events)) AS counted,
            'hourly' AS source
        FROM agg_events_hourly
        GROUP BY day
        UNION ALL
        SELECT
            toDate(event_hour) AS day,
            toUInt64(countMerge(total_events)) AS counted,
            'sources' AS source
        FROM agg_traffic_sources
        GROUP BY day
        UNION ALL
        SELECT
            event_date AS day,
            toUInt64(countMerge(total_events)) AS counted,
            'daily' AS source
        FROM agg_events_daily
        GROUP BY day
        UNION ALL
        SELECT
            event_date AS day,
            toUInt64(sum(events)) AS counted,
            'users' AS source
        FROM agg_user_days
        GROUP BY day
    )
    WHERE day IN (SELECT day FROM recent_days_v)
    GROUP BY day
)
SETTINGS do_not_merge_across_partitions_select_final = 1
