"""What each role of the WMS can do, and that it can do nothing else."""

import psycopg
import pytest
from psycopg import errors

TOUCH = "UPDATE stock_balances SET quantity = quantity WHERE false"
BEAT = "INSERT INTO wms_heartbeat VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET sent_at = excluded.sent_at"

ALLOWED = {
    "debezium": [
        "SELECT FROM stock_balances",
        "SELECT FROM wms_heartbeat",
        "UPDATE wms_heartbeat SET sent_at = now()",
        BEAT,
    ],
    "etl": [f"SELECT FROM {table}" for table in ("regions", "warehouses", "products", "stock_balances")],
    "wms_app": [
        *[f"SELECT FROM {table}" for table in ("regions", "warehouses", "products", "stock_balances", "wms_heartbeat")],
        TOUCH,
        "DELETE FROM stock_balances WHERE false",
        "INSERT INTO stock_balances SELECT * FROM stock_balances WHERE false",
    ],
}
_NOBODY = [
    "TRUNCATE stock_balances",
    "DROP TABLE stock_balances",
    "ALTER TABLE stock_balances REPLICA IDENTITY DEFAULT",
    "CREATE TABLE mine ()",
    "CREATE TEMP TABLE mine ()",
    "CREATE SCHEMA mine",
    "CREATE PUBLICATION mine",
    "ALTER PUBLICATION sklad_stock DROP TABLE wms_heartbeat",
    "DELETE FROM wms_heartbeat",
    "UPDATE products SET product_name = 'x'",
    "UPDATE warehouses SET region_id = 1",
    "INSERT INTO regions VALUES (999, 'x')",
    "SELECT set_updated_at()",
    "CREATE ROLE mine",
    "ALTER ROLE etl SUPERUSER",
    "SET ROLE wms",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY regions TO PROGRAM 'cat'",
]
_SLOT = "SELECT pg_create_logical_replication_slot('mine', 'pgoutput')"
FORBIDDEN = {
    "debezium": [
        *_NOBODY,
        TOUCH,
        "DELETE FROM stock_balances",
        "INSERT INTO stock_balances VALUES (1, 1, 1)",
        *[f"SELECT FROM {table}" for table in ("regions", "warehouses", "products")],
    ],
    "etl": [
        *_NOBODY,
        TOUCH,
        BEAT,
        _SLOT,
        "DELETE FROM stock_balances",
        "INSERT INTO stock_balances VALUES (1, 1, 1)",
        "SELECT FROM wms_heartbeat",
    ],
    "wms_app": [*_NOBODY, BEAT, _SLOT, "UPDATE wms_heartbeat SET sent_at = now()"],
}


def _pairs(statements):
    return [(role, statement) for role, many in statements.items() for statement in many]


@pytest.mark.parametrize(("role", "statement"), _pairs(ALLOWED))
def test_may(shared_wms, role, statement):
    with shared_wms.connect(role) as connection:
        connection.execute(statement)


@pytest.mark.parametrize(("role", "statement"), _pairs(FORBIDDEN))
def test_may_not(shared_wms, role, statement):
    with shared_wms.connect(role) as connection, pytest.raises((errors.InsufficientPrivilege, errors.WrongObjectType)):
        connection.execute(statement)


def test_roles_with_rights_are_the_declared_ones(shared_wms):
    """Whatever else was granted by hand is taken away by the next start, from PUBLIC too."""
    with shared_wms.superuser() as connection:
        connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC, etl")
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
        connection.execute("ALTER ROLE etl SUPERUSER")

    assert shared_wms.on_start().returncode == 0

    for statement in ("DELETE FROM products", "CREATE TABLE mine ()"):
        with shared_wms.connect("etl") as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)


def test_debezium_streams_the_publication_through_a_slot(wms):
    with wms.connect("debezium") as connection:
        connection.execute("SELECT pg_create_logical_replication_slot('mine', 'pgoutput')")
        try:
            connection.execute(BEAT)
            changes = connection.execute(
                "SELECT data FROM pg_logical_slot_get_binary_changes('mine', NULL, NULL,"
                " 'proto_version', '1', 'publication_names', 'sklad_stock')"
            ).fetchall()
        finally:
            connection.execute("SELECT pg_drop_replication_slot('mine')")
    assert any(b"wms_heartbeat" in data for (data,) in changes)


def test_debezium_cannot_copy_the_whole_cluster(shared_wms):
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry for replication connection"):
        psycopg.connect(shared_wms.dsn("debezium") + " replication=true")


@pytest.mark.parametrize("role", ["wms", "debezium", "etl", "wms_app"])
def test_no_role_gets_in_without_its_password(shared_wms, role):
    for password in ("", "wrong"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(shared_wms.server.dsn(shared_wms.name, role, password))
