-- The log is sorted by LSN, so by time almost: a mark of the first and last commit lets a question about the last minutes
-- skip the rest of the day.
ALTER TABLE kafka_wms_stock_balances ADD INDEX committed_at committed_at TYPE minmax GRANULARITY 4;
