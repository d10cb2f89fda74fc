-- Warning: balances of warehouses that are not staged. Stock arrives within seconds, reference data daily: new ids are
-- normal for a day.
SELECT
    'warehouses' AS table_name,
    printf('%d warehouses have balances and no reference data, for example %d', uniqExact(warehouse_id), min(warehouse_id)) AS reason
FROM stock_balances_v
WHERE warehouse_id NOT IN (SELECT warehouse_id FROM warehouses_stage)
HAVING count() > 0
