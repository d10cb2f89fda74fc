-- Every time the whole table was read from the WMS at once, beside the stream (`sklad resync`).
CREATE TABLE stock_balances_loads
(
    loaded_at DateTime64(6, 'UTC') COMMENT 'When the load was about to be published',
    version UInt64 COMMENT 'Version of the loaded rows: just below the position of the log where the stream goes on',
    slot_lsn UInt64 COMMENT 'Where the new slot begins',
    rows UInt64 COMMENT 'Rows read',
    seconds Float64 COMMENT 'How long reading took'
)
ENGINE = MergeTree
ORDER BY loaded_at
COMMENT 'Bulk loads of WMS public.stock_balances';
