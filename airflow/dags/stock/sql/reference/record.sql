-- Note a published load. {tables}, {rows} and {seconds} tell of one table each, in the same order.
INSERT INTO reference_loads (loaded_at, run_id, table_name, rows, seconds)
SELECT
    now64(3, 'UTC'),
    {run_id:String},
    table_name,
    rows,
    seconds
FROM system.one
ARRAY JOIN
    {tables:Array(String)} AS table_name,
    {rows:Array(UInt64)} AS rows,
    {seconds:Array(Float64)} AS seconds
