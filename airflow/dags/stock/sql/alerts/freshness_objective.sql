-- More than one in a hundred of the last hour's heartbeats came late, or not at all.
SELECT
    'Данные опаздывают' AS title,
    burn > 1 AS wrong,
    concat(
        'За час дошло вовремя ', toString(round(100 - burn, 1)), ' % изменений вместо 99 %: цель ', toString(objective_seconds),
        ' с, опоздало ', toString(late), ', не дошло ', toString(missing)
    ) AS message
FROM freshness_objective_v
