-- Notes the load, before anything of it shows: a comparison that runs at the same time then says so.
INSERT INTO stock_balances_loads (loaded_at, version, slot_lsn, rows, seconds, is_first)
SELECT
    now64(6, 'UTC'),
    {version:UInt64},
    {slot_lsn:UInt64},
    (SELECT count() FROM stock_balances_resync),
    {seconds:Float64},
    {is_first:UInt8}
