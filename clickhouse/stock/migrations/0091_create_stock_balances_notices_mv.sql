-- What the views behind it need, of all that is not just a change.
CREATE MATERIALIZED VIEW stock_balances_notices_mv TO stock_balances_notices AS
SELECT
    kind,
    sent_at,
    lsn,
    committed_at,
    captured_at,
    queued_at,
    arrived_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    payload
FROM stock_balances_inbox
WHERE kind != 'change';
