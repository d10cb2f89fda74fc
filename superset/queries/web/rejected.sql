-- Messages that are no records of their feeds, without what stood in them.
SELECT
    queued_at AS "время",
    kafka_topic AS "поток",
    kafka_partition AS "раздел",
    kafka_offset AS "смещение",
    splitByString(': ', reason)[1] AS "причина",
    reason AS "подробности"
FROM analytics.events_rejected FINAL
