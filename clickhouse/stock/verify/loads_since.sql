-- When rows were last loaded from a snapshot instead of change by change, if that was after a moment.
SELECT maxOrNull(loaded_at)
FROM
(
    SELECT committed_at AS loaded_at FROM kafka_wms_stock_balances WHERE op = 'r' AND committed_at > {since:DateTime64(6, 'UTC')}
    UNION ALL
    SELECT loaded_at FROM stock_balances_loads WHERE loaded_at > {since:DateTime64(6, 'UTC')}
)
