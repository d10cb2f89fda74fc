-- What keeps changes of stock_balances from being captured whole: a row a problem, none when all is well.
WITH captured AS (SELECT to_regclass('public.stock_balances') AS oid),

expected (name, types) AS (
    VALUES
    ('warehouse_id', ARRAY['smallint', 'integer', 'bigint']),
    ('product_id', ARRAY['smallint', 'integer', 'bigint']),
    ('quantity', ARRAY['smallint', 'integer', 'bigint']),
    ('updated_at', ARRAY['timestamp with time zone'])
),

found AS (
    SELECT
        a.attname AS name,
        format_type(a.atttypid, NULL) AS type
    FROM captured
    INNER JOIN pg_catalog.pg_attribute AS a ON captured.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped
)

SELECT
    'stock_balances is not captured: publication sklad_stock does not have a table of that name. Publish it '
    '(wms/ddl/0007_create_publication.sql), then read it anew: its changes so far are lost.' AS problem
WHERE
    NOT EXISTS (
        SELECT FROM pg_catalog.pg_publication_tables AS p
        WHERE p.pubname = 'sklad_stock' AND p.schemaname = 'public' AND p.tablename = 'stock_balances'
    )
UNION ALL
SELECT
    format(
        'column %s of stock_balances is %s, where %s is expected: what does not fit is not applied.',
        expected.name, coalesce(found.type, 'missing'), expected.types[cardinality(expected.types)]
    )
FROM expected
LEFT JOIN found ON expected.name = found.name
WHERE EXISTS (SELECT FROM captured WHERE oid IS NOT NULL) AND (found.type = ANY(expected.types)) IS NOT TRUE
UNION ALL
SELECT
    format(
        '%s has not REPLICA IDENTITY FULL: the change log does not see what was there before a change. '
        'ALTER TABLE %s REPLICA IDENTITY FULL.', c.oid::regclass, c.oid::regclass
    )
FROM captured
-- No row of a table that is not partitioned.
LEFT JOIN LATERAL pg_catalog.pg_partition_tree(captured.oid) AS tree ON TRUE
INNER JOIN pg_catalog.pg_class AS c ON coalesce(tree.relid, captured.oid) = c.oid
WHERE tree.isleaf IS NOT FALSE AND c.relreplident <> 'f';
