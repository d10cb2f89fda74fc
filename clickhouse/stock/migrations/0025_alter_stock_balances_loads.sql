-- A first load tells nothing of the time before it, while a later one logs what differs and leaves the past readable.
ALTER TABLE stock_balances_loads
ADD COLUMN is_first UInt8 COMMENT '1: there were no balances before; those of an earlier moment are not known';
