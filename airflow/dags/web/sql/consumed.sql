-- Of a range of offsets, how many are in staging and how many were set aside; not those of an earlier topic of that name.
SELECT
    (
        SELECT uniqExact(kafka_offset)
        FROM {staging:Identifier}
        WHERE queued_at >= fromUnixTimestamp64Milli({queued_from:Int64})
            AND kafka_partition = {partition:UInt16} AND kafka_offset >= {first:UInt64} AND kafka_offset < {end:UInt64}
    ) AS in_staging,
    (
        SELECT uniqExact(kafka_offset)
        FROM events_rejected
        WHERE queued_at >= fromUnixTimestamp64Milli({queued_from:Int64})
            AND kafka_topic = {topic:String}
            AND kafka_partition = {partition:UInt16} AND kafka_offset >= {first:UInt64} AND kafka_offset < {end:UInt64}
    ) AS set_aside
