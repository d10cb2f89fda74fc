-- Messages that are more, or something else, than a change of a row: few among many. Each view that stands directly on
-- the inbox costs every insert 3 to 4 ms, whether it gets a row or not; the three for these messages stand behind one.
CREATE TABLE stock_balances_notices
(
    kind LowCardinality(String) COMMENT 'last read (of a snapshot), truncate, heartbeat, or error: it cannot be applied',
    sent_at DateTime64(6, 'UTC') COMMENT 'Heartbeats: written in the WMS',
    lsn UInt64,
    committed_at DateTime64(6, 'UTC'),
    captured_at DateTime64(3, 'UTC'),
    queued_at DateTime64(3, 'UTC'),
    arrived_at DateTime64(3, 'UTC'),
    kafka_topic LowCardinality(String),
    kafka_partition UInt64,
    kafka_offset UInt64,
    payload String COMMENT 'The message, when it cannot be applied'
)
ENGINE = Null
COMMENT 'Messages of the stock topics that are not just a change, on their way';
