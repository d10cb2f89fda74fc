-- Applied at each start: how long the change log keeps changes. Whole days are dropped, nothing is rewritten.
ALTER TABLE kafka_wms_stock_balances
    MODIFY TTL toDate(committed_at) + INTERVAL ${CHANGE_LOG_RETENTION_DAYS} DAY
    SETTINGS materialize_ttl_after_modify = 0;
