"""Settings that contradict each other are named before a container starts."""

import pytest

from sklad import preflight
from sklad.errors import PreflightError
from sklad.settings import load_settings


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"wms_external": True, "live_rate": 5.0, "compose_profiles": ""}, "Set LIVE_RATE=0"),
        ({"wms_external": True, "live_rate": 0.0, "compose_profiles": "stock,wms"}, "Set COMPOSE_PROFILES=stock"),
        ({"clickhouse_cluster": "sklad", "load": "bulk"}, "Set LOAD=snapshot"),
        ({"products": "web"}, "COMPOSE_PROFILES=stock,wms,live are its services. Set COMPOSE_PROFILES= "),
        ({"compose_profiles": "wms,live"}, "COMPOSE_PROFILES lacks stock"),
        (
            {"products": "stock,shoes"},
            "PRODUCTS names shoes, and there is no such product. Name one or more of: stock, web",
        ),
        ({"products": "stock,web", "clickhouse_cluster": "sklad"}, "the tables of web are for one ClickHouse server"),
        ({"compose_profiles": "stock,live"}, "COMPOSE_PROFILES lacks wms"),
        ({"wms_etl_password": 'a"b'}, "WMS_ETL_PASSWORD holds a quote"),
        ({"clickhouse_etl_password": "a\\b"}, "CLICKHOUSE_ETL_PASSWORD holds a quote or a backslash"),
    ],
)
def test_a_contradiction_is_named_with_its_cure(changed: dict[str, object], said: str) -> None:
    with pytest.raises(PreflightError, match=said):
        preflight.check(load_settings().model_copy(update=changed))


def test_a_product_alone_is_sound() -> None:
    alone = load_settings().model_copy(update={"products": "web", "compose_profiles": ""})
    assert preflight.check(alone) == "settings are sound"


def test_the_committed_settings_are_sound() -> None:
    assert preflight.check(load_settings()) == "settings are sound"
