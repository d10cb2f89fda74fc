-- A merge of twenty small parts took the whole table with it while that was below 20 MB, so 500 changes a second kept a
-- third of a core busy with writing the same rows again. A large part now waits until as much has gathered beside it.
ALTER TABLE kafka_wms_stock_balances MODIFY SETTING merge_selector_base = 20;
ALTER TABLE stock_balances MODIFY SETTING merge_selector_base = 20;
