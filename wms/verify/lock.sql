-- Before the snapshot, so that no TRUNCATE and no ALTER comes between it and the reading: a TRUNCATE would empty the table
-- for older snapshots too. Readers and writers of rows go on.
LOCK TABLE public.stock_balances IN ACCESS SHARE MODE;
