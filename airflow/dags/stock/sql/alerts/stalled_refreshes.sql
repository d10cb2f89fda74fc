-- What dashboards count regularly could not be counted for half an hour.
SELECT
    'Показатели не пересчитываются' AS title,
    count() > 0 AS wrong,
    if(
        count() = 0,
        'Снова пересчитываются',
        concat(
            arrayStringConcat(groupArray(view_name), ', '), ': последний расчёт ', formatDateTime(min(counted_at), '%d.%m.%Y %H:%i'),
            ' UTC. ', any(reason)
        )
    ) AS message
FROM stalled_refreshes_v
