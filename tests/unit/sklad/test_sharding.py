"""What the product's own SQL becomes on a cluster, and that ClickHouse's parser takes it."""

import pytest

from sklad.settings import ROOT
from sklad.sharding import keys_of, spread

STOCK = ROOT / "clickhouse" / "stock"
KEYS = keys_of(STOCK)
FILES = [file for folder in ("migrations", "policies", "views", "sinks") for file in (STOCK / folder).rglob("*.sql")]


def on_a_cluster(name: str) -> str:
    [file] = [file for file in FILES if file.name == name]
    return spread(file.read_text(), "sklad", KEYS)


def test_a_split_table_is_replicated_by_shard_and_readers_see_all_of_it() -> None:
    sql = on_a_cluster("0003_create_stock_balances.sql")

    assert "CREATE TABLE stock_balances_local\n(" in sql
    assert (
        "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', version, is_deleted)"
        in sql
    )
    assert sql.endswith(
        "CREATE TABLE stock_balances AS stock_balances_local\n"
        "ENGINE = Distributed(sklad, currentDatabase(), stock_balances_local, cityHash64(warehouse_id, product_id));\n"
    )


def test_a_whole_table_is_the_same_on_every_server() -> None:
    sql = on_a_cluster("0002_create_reference_tables.sql")

    assert sql.count("ReplicatedMergeTree('/clickhouse/tables/{uuid}/all', '{shard}-{replica}')") == 3
    assert "ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/all', '{shard}-{replica}', loaded_at)" in sql
    assert "CREATE TABLE regions_stage AS regions;" in sql
    assert "_local" not in sql


def test_a_view_behind_a_split_table_works_where_the_rows_are() -> None:
    sql = on_a_cluster("0009_create_stock_balances_mv.sql")

    assert "CREATE MATERIALIZED VIEW stock_balances_mv TO stock_balances_local AS" in sql
    assert "FROM kafka_wms_stock_balances_local" in sql


def test_a_view_before_a_split_table_sends_rows_to_their_shards() -> None:
    sql = on_a_cluster("0008_create_stock_balances_log_mv.sql")

    assert "TO kafka_wms_stock_balances AS" in sql
    assert "FROM stock_balances_inbox" in sql


def test_retention_is_that_of_the_shards_own_tables() -> None:
    assert "ALTER TABLE kafka_wms_stock_balances_local" in on_a_cluster("stock_balances_log_retention.sql")


def test_readers_views_and_the_way_in_stay_as_they_are() -> None:
    for name in ("stock_balances_v.sql", "stock_balances_queue_mv.sql", "0007_create_stock_balances_inbox.sql"):
        [file] = [file for file in FILES if file.name == name]
        assert on_a_cluster(name).split() == file.read_text().split()


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_no_table_that_keeps_rows_is_on_one_server_only(file: ROOT.__class__) -> None:
    for line in spread(file.read_text(), "sklad", KEYS).splitlines():
        assert not line.startswith(("ENGINE = MergeTree", "ENGINE = ReplacingMergeTree")), line
