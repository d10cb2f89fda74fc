-- Where to cut the arrived events, so that a slice has so many; the last event of each slice but the last.
SELECT event_id
FROM
(
    SELECT
        event_id,
        rowNumberInAllBlocks() AS number
    FROM
    (
        SELECT event_id
        FROM arrived_events
        ORDER BY event_id
    )
)
WHERE number % {events:UInt64} = {events:UInt64} - 1
ORDER BY event_id
