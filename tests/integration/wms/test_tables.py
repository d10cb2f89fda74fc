"""The WMS's tables, publication and server settings, as readers and Debezium rely on them."""

import pytest
from psycopg import errors


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE stock_balances SET quantity = -1", errors.CheckViolation),
        ("UPDATE stock_balances SET quantity = NULL", errors.NotNullViolation),
        ("INSERT INTO stock_balances VALUES (999, 1, 1)", errors.ForeignKeyViolation),
        ("INSERT INTO stock_balances VALUES (1, 999, 1)", errors.ForeignKeyViolation),
        ("INSERT INTO stock_balances SELECT * FROM stock_balances LIMIT 1", errors.UniqueViolation),
        ("DELETE FROM products", errors.ForeignKeyViolation),
        ("DELETE FROM regions", errors.ForeignKeyViolation),
        ("UPDATE products SET product_name = ' '", errors.CheckViolation),
        ("INSERT INTO wms_heartbeat VALUES (2, now())", errors.CheckViolation),
    ],
)
def test_refuses(shared_wms, statement, error):
    with shared_wms.superuser() as connection, pytest.raises(error):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("regions", ["region_id", "region_name"]),
        ("warehouses", ["warehouse_id", "warehouse_name", "region_id"]),
        ("products", ["product_id", "product_name", "product_category"]),
        ("stock_balances", ["warehouse_id", "product_id", "quantity", "updated_at"]),
        ("wms_heartbeat", ["id", "sent_at"]),
    ],
)
def test_columns_stand_in_their_order_and_are_explained(shared_wms, table, columns):
    with shared_wms.superuser() as connection:
        found = connection.execute(
            "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
            [table],
        ).fetchall()
    assert [name for name, _ in found] == columns
    assert all(comment for _, comment in found)


def test_updated_at_follows_changes_but_not_touches(wms):
    read = "SELECT updated_at FROM stock_balances WHERE warehouse_id = 1 AND product_id = 1"
    with wms.superuser() as connection:
        connection.execute("DELETE FROM stock_balances WHERE warehouse_id = 1 AND product_id = 1")
        connection.execute("INSERT INTO stock_balances VALUES (1, 1, 5, '2020-01-01Z')")
        loaded = connection.execute(read).fetchone()
        connection.execute("UPDATE stock_balances SET quantity = quantity WHERE warehouse_id = 1 AND product_id = 1")
        touched = connection.execute(read).fetchone()
        connection.execute("UPDATE stock_balances SET quantity = 6 WHERE warehouse_id = 1 AND product_id = 1")
        changed = connection.execute(read + " AND updated_at > now() - interval '1 minute'").fetchone()
    assert touched == loaded
    assert changed


def test_updates_and_deletes_carry_the_whole_old_row(wms, change_log):
    with wms.superuser() as connection:
        connection.execute("UPDATE stock_balances SET quantity = 4321 WHERE (warehouse_id, product_id) = (1, 2)")
        connection.execute("UPDATE stock_balances SET quantity = 4322 WHERE (warehouse_id, product_id) = (1, 2)")
        connection.execute("DELETE FROM stock_balances WHERE (warehouse_id, product_id) = (1, 2)")

    [_], [update], [delete] = change_log.transactions()

    assert (update.op, update.old["quantity"], update.new["quantity"]) == ("U", "4321", "4322")
    assert (delete.op, delete.old) == ("D", update.new)
    assert delete.old["updated_at"]


def test_the_publication_holds_stock_and_heartbeat_and_nothing_else(shared_wms):
    with shared_wms.superuser() as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = 'sklad_stock' ORDER BY 2"
        ).fetchall()
        flags = connection.execute(
            "SELECT puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot FROM pg_publication"
        ).fetchall()
    assert tables == [("public", "stock_balances"), ("public", "wms_heartbeat")]
    assert flags == [(False, True, True, True, True, True)]


def test_a_table_added_to_the_publication_by_hand_is_out_after_the_next_start(wms):
    with wms.superuser() as connection:
        connection.execute("ALTER PUBLICATION sklad_stock ADD TABLE products")
    assert wms.on_start().returncode == 0
    assert wms.ask("SELECT count(*) FROM pg_publication_tables WHERE tablename = 'products'") == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("wal_level", "logical"),
        ("max_wal_senders", "10"),
        ("max_replication_slots", "10"),
        ("max_slot_wal_keep_size", "512MB"),
        ("password_encryption", "scram-sha-256"),
        ("log_statement", "none"),
        ("TimeZone", "UTC"),
    ],
)
def test_server_settings(shared_wms, setting, value):
    assert shared_wms.ask(f"SHOW {setting}") == value
