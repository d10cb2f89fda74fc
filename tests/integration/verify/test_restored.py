"""A state that was saved a moment before its log: what a restore does about it."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

from sklad.settings import ROOT
from tests.integration.verify.conftest import MOMENT, Pair, kinds

AFTER = ROOT / "clickhouse" / "stock" / "restore" / "after.sql"


def apply_log(pair: Pair, saved_at: datetime) -> None:
    pair.admin.command(AFTER.read_text(), parameters={"saved_at": f"{saved_at:%F %T.%f}"})


def change_after_the_state_was_saved(pair: Pair) -> None:
    """Products 4, 5 and 99 are changed, deleted and made; the state is as it was before, the log has it all."""
    with closing(pair.wms.superuser()) as wms:
        wms.execute("UPDATE stock_balances SET quantity = 41 WHERE product_id = 4")
        wms.execute("DELETE FROM stock_balances WHERE product_id = 5")
        wms.execute("INSERT INTO stock_balances VALUES (1, 99, 7, %s)", [MOMENT])
    pair.admin.command("CREATE TABLE saved CLONE AS stock_balances")
    pair.deliver("u", (1, 4), tx_id=3, before=40, after=41)
    pair.deliver("d", (1, 5), tx_id=3, before=50)
    pair.deliver("c", (1, 99), tx_id=3, after=7)
    assert pair.compare().verdict == "equal"
    pair.admin.command("ALTER TABLE stock_balances REPLACE PARTITION tuple() FROM saved")
    pair.admin.command("DROP TABLE saved SYNC")
    assert kinds(pair.compare()) == {"different": 1, "extra": 1, "missing": 1}


def test_what_the_state_lacks_comes_from_the_log(pair: Pair) -> None:
    saved_at = datetime.now(UTC)
    change_after_the_state_was_saved(pair)
    apply_log(pair, saved_at)
    assert pair.compare().verdict == "equal"


def test_what_the_state_has_stays_as_it_is(pair: Pair) -> None:
    saved_at = datetime.now(UTC)
    change_after_the_state_was_saved(pair)
    for _ in range(3):
        apply_log(pair, saved_at)
    assert pair.compare().verdict == "equal"


def test_only_the_last_of_the_log_is_read(pair: Pair) -> None:
    change_after_the_state_was_saved(pair)
    apply_log(pair, datetime.now(UTC) + timedelta(minutes=2))
    assert kinds(pair.compare()) == {"different": 1, "extra": 1, "missing": 1}
