-- Messages that could not be applied, with the reason. Each is kept as it came; docs/operations.md says what to do.
SELECT
    arrived_at AS "время",
    reason AS "причина",
    kafka_topic AS "топик",
    kafka_partition AS "раздел",
    kafka_offset AS "смещение",
    substringUTF8(payload, 1, 500) AS "сообщение"
FROM ingest_errors FINAL
