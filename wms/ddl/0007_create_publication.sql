-- Every start, as the owner. What the connector wms.stock_balances may see, and no table more. The connector runs with
-- publication.autocreate.mode=disabled: this list is the only one.

SELECT 'CREATE PUBLICATION sklad_stock'
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = 'sklad_stock') \gexec

ALTER PUBLICATION sklad_stock SET TABLE public.stock_balances, public.wms_heartbeat;

-- Through the root: should stock_balances be partitioned one day, its changes keep their table's name, and so their topic.
ALTER PUBLICATION sklad_stock SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = true);
