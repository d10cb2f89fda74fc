-- Note a published load.
INSERT INTO reference_loads (loaded_at, run_id, table_name, rows, seconds)
SELECT
    now64(3, 'UTC'),
    {run_id:String},
    {table:String},
    {rows:UInt64},
    {seconds:Float64}
