-- The rows on some of the table's pages, for ClickHouse. A row that an update moves to another page meanwhile may come twice or
-- not at all: its change is in the stream.
SELECT
    warehouse_id,
    product_id,
    quantity,
    updated_at
FROM public.stock_balances
WHERE ctid >= %(first)s AND ctid < %(end)s
