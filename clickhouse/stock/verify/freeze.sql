-- Keeps today's parts of the table under another name: hard links, no copy, in one moment.
CREATE TABLE {frozen:Identifier} CLONE AS stock_balances
