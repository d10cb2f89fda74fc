"""Logging in, and what each user is allowed."""

import base64

import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError


@pytest.mark.parametrize(
    ("user", "password"),
    [("admin", "wrong"), ("admin", ""), ("nobody", "x"), ("default", ""), ("", ""), ("admin' OR 1", "x")],
)
def test_wrong_logins_are_refused_alike(server, user, password):
    answers = [
        httpx.post(server.url, content="SELECT 1", auth=(user, password)),
        httpx.post(server.url, content="SELECT 1", params={"user": user, "password": password}),
        httpx.post(server.url, content="SELECT 1", headers={"X-ClickHouse-User": user, "X-ClickHouse-Key": password}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (403, "516")


def test_no_login_at_all_is_refused(server):
    assert httpx.post(server.url, content="SELECT 1").status_code == 403


def test_all_three_ways_to_log_in(server):
    right = ("bi", "bi-password")
    answers = [
        httpx.post(server.url, content="SELECT 1", auth=right),
        httpx.post(server.url, content="SELECT 1", params={"user": right[0], "password": right[1]}),
        httpx.post(server.url, content="SELECT 1", headers={"X-ClickHouse-User": "bi", "X-ClickHouse-Key": right[1]}),
    ]
    assert [answer.text for answer in answers] == ["1\n"] * 3


def test_failed_logins_are_logged_with_user_and_address_only(server):
    earlier = len(server.log)  # the fuzz also sends passwords in the place of names, and names are logged
    httpx.post(server.url, content="SELECT 'body-text'", auth=("mallory", "guessed-password"))
    httpx.post(server.url, content="SELECT 'body-text'", params={"user": "trudy", "password": "guessed-password"})
    without_colon = base64.b64encode(b"admin=admin-password").decode()
    httpx.post(server.url, content="SELECT 'body-text'", headers={"Authorization": f"Basic {without_colon}"})
    log = server.log[earlier:]
    assert "login of user 'mallory' from 127.0.0.1 failed" in log
    assert "login of user 'trudy' from 127.0.0.1 failed" in log
    for secret in ("guessed-password", "admin-password", "bi-password", "Basic ", without_colon, "body-text"):
        assert secret not in log


def test_who_ran_a_query_is_in_the_query_log(admin, bi):
    bi.command("SELECT 'find me in the log'")
    admin.command("SYSTEM FLUSH LOGS")
    marks = admin.query("SELECT log_comment FROM system.query_log WHERE query LIKE '%find me in the%' AND type = 2")
    assert any(mark.startswith("user=bi ") for (mark,) in marks.result_rows)


def test_admin_defines_and_writes(admin):
    admin.command("CREATE DATABASE IF NOT EXISTS by_admin")
    admin.command("CREATE TABLE IF NOT EXISTS by_admin.t (a Int32) ENGINE = MergeTree ORDER BY a")
    admin.insert("by_admin.t", [[1]])
    admin.command("DROP DATABASE by_admin SYNC")


def test_etl_loads_through_a_staging_table(etl, bi, table):
    name = table("a Int32")
    etl.command(f"CREATE OR REPLACE TABLE {name}_stage AS {name}")
    etl.insert(f"{name}_stage", [[1], [2]])
    etl.command(f"EXCHANGE TABLES {name} AND {name}_stage")
    etl.command(f"TRUNCATE TABLE {name}_stage")
    etl.command(f"DROP TABLE {name}_stage SYNC")
    assert bi.command(f"SELECT count() FROM {name}") == 2


def test_etl_reaches_the_wms_by_its_named_collection(etl):
    with pytest.raises(DatabaseError, match="POSTGRESQL_CONNECTION_FAILURE"):  # allowed, but nobody listens there
        etl.query("SELECT * FROM postgresql(wms_postgres, table = 'products')")


def test_bi_reads_tables_and_their_definitions(bi, table):
    name = table("a Int32")
    assert bi.command(f"SELECT count() FROM {name}") == 0
    assert bi.query(f"DESCRIBE TABLE {name}").result_rows[0][:2] == ("a", "Int32")
    database, plain = name.split(".")
    assert bi.command(f"SELECT count() FROM system.columns WHERE database = '{database}' AND table = '{plain}'") == 1
    assert plain in bi.command("SHOW TABLES")
    assert "MergeTree" in bi.command(f"SHOW CREATE TABLE {name}")
    assert "Output" in bi.command(f"EXPLAIN SELECT a FROM {name}") or bi.command(f"EXPLAIN SELECT a FROM {name}")


def test_bi_may_use_what_dashboards_use(bi):
    query = """
        WITH days AS (SELECT toDate('2024-01-01') + number AS day FROM numbers(3))
        SELECT format('{}: {}', toString(day), 'x') AS label, count() OVER () AS n
        FROM days LEFT JOIN (SELECT 1 AS one) AS o ON 1 = 1 WHERE label LIKE '%file(%' OR 1
    """
    assert bi.query(query).row_count == 3


def test_limits_of_bi_hold(bi):
    with pytest.raises(DatabaseError, match="396"):
        bi.query("SELECT number FROM numbers(2000000)")
    with pytest.raises(DatabaseError, match="241"):
        bi.query("SELECT length(groupArray(toString(number))) FROM numbers(1000000000)")
