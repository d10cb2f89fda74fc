-- How fast the stream catches up now, and how fast the table was last read as a whole; NULL: not seen. Changes that came more
-- than ten seconds late came as fast as they could; of a stream that is not behind nobody knows its speed. Two of 16
-- columns of the log's end are read.
SELECT
    (
        SELECT if(count() < 10000, NULL, count() / greatest(dateDiff('millisecond', min(arrived_at), max(arrived_at)) / 1000, 1))
        FROM
        (
            SELECT committed_at, arrived_at
            FROM kafka_wms_stock_balances
            WHERE tx_id != 0
            ORDER BY lsn DESC
            LIMIT 100000
        )
        WHERE arrived_at > now64(3, 'UTC') - INTERVAL 1 MINUTE AND arrived_at > committed_at + INTERVAL 10 SECOND
    ) AS changes_per_second,
    (SELECT argMaxOrNull(rows / seconds, loaded_at) FROM stock_balances_loads WHERE rows > 100000) AS rows_per_second
