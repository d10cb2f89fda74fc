"""wms/checks/capture.sql: what `make status` says of a source that can't be captured whole."""

import pytest

from tests.integration.postgres import ROOT, Wms

CHECK = (ROOT / "wms" / "checks" / "capture.sql").read_text(encoding="utf-8")


def problems(wms: Wms) -> list[str]:
    with wms.superuser() as connection:
        return [row[0] for row in connection.execute(CHECK)]  # type: ignore[call-overload]


def test_a_source_as_declared_has_none(wms: Wms) -> None:
    assert problems(wms) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER TABLE stock_balances RENAME TO balances", "stock_balances is not captured"),
        ("ALTER PUBLICATION sklad_stock DROP TABLE stock_balances", "stock_balances is not captured"),
        ("ALTER TABLE stock_balances DROP quantity", "column quantity of stock_balances is missing"),
        ("ALTER TABLE stock_balances RENAME product_id TO sku", "column product_id of stock_balances is missing"),
        (
            "ALTER TABLE stock_balances ALTER quantity TYPE numeric",
            "column quantity of stock_balances is numeric, where bigint is expected",
        ),
        ("ALTER TABLE stock_balances REPLICA IDENTITY DEFAULT", "stock_balances has not REPLICA IDENTITY FULL"),
    ],
)
def test_what_is_altered_is_named_with_its_cure(wms: Wms, statement: str, said: str) -> None:
    with wms.superuser() as connection:
        connection.execute(statement)  # type: ignore[call-overload]

    [problem] = problems(wms)
    assert problem.startswith(said)


def test_a_bigint_will_do(wms: Wms) -> None:
    with wms.superuser() as connection:
        connection.execute("ALTER TABLE stock_balances ALTER quantity TYPE bigint")

    assert problems(wms) == []
