-- A user's rows of a table, gone from its files when this returns.
ALTER TABLE {table:Identifier} DELETE WHERE user_id = {user:UUID}
SETTINGS mutations_sync = 1
