"""A WMS that isn't ours: what Sklad says about one that it can't capture. The database is made by on_start.sh."""

import pytest

from sklad import external_wms
from sklad.errors import ServiceError
from sklad.settings import load_settings


@pytest.fixture
def settings(wms):
    """The settings of somebody whose WMS is the fixture's database."""
    passwords = {key.lower(): value for key, value in wms.passwords.items()}
    place = {"wms_external": True, "wms_host": "127.0.0.1", "wms_port": wms.server.port, "wms_db": wms.name}
    return load_settings().model_copy(update=place | passwords)


def refusal(settings):
    with pytest.raises(ServiceError) as refused:
        external_wms.check(settings)
    return str(refused.value)


def test_one_that_is_ready_tells_its_balances(wms, settings):
    assert external_wms.check(settings) == wms.ask("SELECT count(*) FROM stock_balances") > 0


@pytest.mark.parametrize(("role", "key"), [("debezium", "WMS_DEBEZIUM_PASSWORD"), ("etl", "WMS_ETL_PASSWORD")])
def test_a_wrong_password_is_named_by_its_key(settings, role, key):
    said = refusal(settings.model_copy(update={key.lower(): "wrong"}))
    assert f"as role {role}: " in said
    assert "password authentication failed" in said
    assert f"and {key} in .env" in said


@pytest.mark.parametrize("place", [{"wms_port": 1}, {"wms_host": "nowhere.invalid"}, {"wms_db": "another"}])
def test_a_place_where_it_is_not(settings, place):
    assert "Check WMS_HOST, WMS_PORT, WMS_DB" in refusal(settings.model_copy(update=place))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("DROP PUBLICATION sklad_stock", "publication sklad_stock lacks stock_balances, wms_heartbeat"),
        ("ALTER PUBLICATION sklad_stock DROP TABLE wms_heartbeat", "publication sklad_stock lacks wms_heartbeat"),
        ("REVOKE SELECT ON stock_balances FROM debezium", "debezium can't read stock_balances"),
        ("DROP TABLE wms_heartbeat", "debezium can't write wms_heartbeat: missing"),
        ("DROP TABLE products", "etl can't read products: missing"),
        ("REVOKE USAGE ON SCHEMA public FROM etl", "etl can't read regions"),
    ],
)
def test_what_is_missing_is_named(wms, settings, fault, said):
    with wms.superuser() as connection:
        connection.execute(fault.replace("DROP TABLE products", "DROP TABLE products CASCADE"))
    assert said in refusal(settings)


def test_all_that_is_missing_is_said_at_once(wms, settings):
    with wms.superuser() as connection:
        connection.execute("DROP PUBLICATION sklad_stock; REVOKE SELECT ON regions FROM etl")
    said = refusal(settings)
    assert "publication sklad_stock lacks" in said
    assert "etl can't read regions" in said
