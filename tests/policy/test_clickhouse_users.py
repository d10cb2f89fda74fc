"""clickhouse/users.d/sklad.xml, the one declaration of ClickHouse's users: what both servers must find in it."""

import re
from xml.etree import ElementTree

import pytest

from sklad.settings import ROOT

FILE = ROOT / "clickhouse" / "users.d" / "sklad.xml"
DECLARED = ElementTree.parse(FILE).getroot()  # noqa: S314 - our own file
MIGRATIONS = ROOT / "clickhouse" / "web" / "migrations"
USERS = {user.tag: user for user in DECLARED.findall("users/*") if user.get("remove") is None}
# What lets a query leave ClickHouse's tables, or change the server.
OUTSIDE = {
    *(
        "ALL",
        "FILE",
        "URL",
        "REMOTE",
        "S3",
        "AZURE",
        "HDFS",
        "MYSQL",
        "MONGO",
        "REDIS",
        "SQLITE",
        "ODBC",
        "JDBC",
        "HIVE",
    ),
    *("SYSTEM", "SOURCES", "INTROSPECTION", "ACCESS MANAGEMENT", "CREATE FUNCTION", "CREATE DATABASE", "BACKUP"),
}


def rights(role: str) -> dict[str, set[str]]:
    """What a role may do, by what it may do it to."""
    found: dict[str, set[str]] = {}
    for query in DECLARED.findall(f"roles/{role}/grants/query"):
        granted = re.fullmatch(r"GRANT (.+?) ON (\S+)( WITH GRANT OPTION)?", (query.text or "").strip())
        assert granted, query.text
        found.setdefault(granted[2], set()).update(re.split(r", (?![^(]*\))", granted[1]))
    return found


def test_the_server_knows_these_users_and_no_default_one() -> None:
    assert USERS.keys() == {"admin", "etl", "web", "bi"}
    assert DECLARED.find("users/default").get("remove") == "remove"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", USERS)
def test_a_user_has_a_password_from_env_a_profile_a_quota_and_nothing_but_a_role(name: str) -> None:
    user = USERS[name]
    assert re.fullmatch("CLICKHOUSE_([A-Z]+_)?PASSWORD", user.find("password").get("from_env", ""))  # type: ignore[union-attr]
    assert user.findtext("default_database") == ("analytics" if name == "web" else "wms")
    for kind, section in (("profile", "profiles"), ("quota", "quotas")):
        chosen = user.findtext(kind)
        assert chosen == "default" or DECLARED.find(f"{section}/{chosen}") is not None
    [grant] = [query.text or "" for query in user.findall("grants/query")]
    role = re.fullmatch(r"GRANT (\w+)", grant)
    assert role
    assert DECLARED.find(f"roles/{role[1]}") is not None
    assert user.find("access_management") is None


def test_only_the_administrator_may_do_everything() -> None:
    assert rights("administrator") == {"*.*": {"ALL"}}
    for role in ("loader", "web_loader", "reader"):
        assert not set().union(*rights(role).values()) & OUTSIDE, role


def test_the_loader_writes_the_product_and_reads_the_wms_by_its_named_collection() -> None:
    found = rights("loader")
    assert "INSERT" in found.pop("wms.*")
    assert found == {
        "*.*": {"CREATE TEMPORARY TABLE", "POSTGRES"},
        "wms_postgres": {"NAMED COLLECTION"},
        "system.*": {"SELECT"},
    }


def test_the_web_products_loader_writes_its_own_rows_and_makes_no_tables() -> None:
    assert rights("web_loader") == {"analytics.*": {"SELECT", "INSERT", "TRUNCATE", "OPTIMIZE", "ALTER DELETE"}}


def test_the_reader_reads_and_is_bounded() -> None:
    found = rights("reader")
    # Of messages that are no records, all but what stood in them.
    assert found.pop("analytics.events_rejected") == {
        "SELECT(queued_at, kafka_topic, kafka_partition, kafka_offset, reason)"
    }
    assert set().union(*found.values()) == {"SELECT", "SHOW"}
    profile = {setting.tag: setting.text for setting in DECLARED.findall("profiles/bi/*")}
    assert profile["readonly"] == "1"
    assert profile.keys() >= {"max_execution_time", "max_memory_usage", "max_result_rows", "max_rows_to_read"}
    assert int(DECLARED.findtext("quotas/bi/interval/queries") or 0) > 0


def test_the_reader_sees_neither_staging_nor_who_was_erased() -> None:
    readable = {table for table, granted in rights("reader").items() if "SELECT" in granted}

    assert not [table for table in readable if re.search(r"^analytics\.(\*|events_|erased_users)", table)]
    tables = {f"analytics.{file.stem.split('create_')[1]}" for file in MIGRATIONS.glob("*_create_*.sql")}
    assert {table for table in tables if re.search(r"\.(fact|agg|dim)_", table)} <= readable
