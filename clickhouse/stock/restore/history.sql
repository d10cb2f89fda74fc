-- What a restore would overwrite: changes that this stack has seen. What a first snapshot or load read is no history.
SELECT count() AS changes FROM kafka_wms_stock_balances WHERE op != 'r'
