-- Messages that are no records of their feeds, without what stood in them.
WITH splitByString(': ', reason)[1] AS kind

SELECT
    queued_at AS "время",
    kafka_topic AS "поток",
    kafka_partition AS "раздел",
    kafka_offset AS "смещение",
    transform(
        kind,
        [
            'not JSON',
            'no JSON object',
            'longer than 1,000,000 bytes',
            'event_id is no UUID',
            'user_id is no pseudonym',
            'ip_address is no pseudonym',
            'event_timestamp is no time',
            'event_timestamp lies more than a year back',
            'event_timestamp lies in the future',
            'no event_type',
            'unknown event_type',
            'device_is_mobile is neither true nor false',
            'a coordinate is no number',
            'a coordinate is not on Earth',
            'an object or a list where a value should be',
            'the user was erased'
        ],
        [
            'не JSON',
            'не объект JSON',
            'длиннее 1 000 000 байт',
            'event_id не UUID',
            'user_id не псевдоним',
            'ip_address не псевдоним',
            'event_timestamp не время',
            'event_timestamp старше года',
            'event_timestamp в будущем',
            'нет event_type',
            'неизвестный event_type',
            'device_is_mobile не да и не нет',
            'координата не число',
            'координата вне Земли',
            'объект или список вместо значения',
            'пользователь удалён'
        ],
        kind
    ) AS "причина",
    reason AS "подробности"
FROM analytics.events_rejected FINAL
