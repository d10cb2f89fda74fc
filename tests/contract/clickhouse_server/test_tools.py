"""Tools that must work unmodified: the migrations' command line, curl, and tables on the Kafka engine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CURL = shutil.which("curl")
MIGRATIONS = Path(sys.executable).with_name("clickhouse-migrations")


def test_migrations_make_a_database_and_run_once(server, tmp_path):
    (tmp_path / "001_create_things.sql").write_text(
        "CREATE TABLE things (a Int32) ENGINE = MergeTree ORDER BY a;\nINSERT INTO things VALUES (1);\n"
    )
    where = ["--db-host", "127.0.0.1", "--db-port", str(server.port), "--db-user", "admin"]
    command = [str(MIGRATIONS), "--driver", "clickhouse-connect", *where, "--db-password", "admin-password"]
    for _ in range(2):
        subprocess.run([*command, "--db-name", "migrated", "--migrations-dir", str(tmp_path)], check=True)
    assert server.post("SELECT count() FROM migrated.things").text == "1\n"
    server.post("DROP DATABASE migrated SYNC")


@pytest.mark.skipif(CURL is None, reason="curl is not installed here")
def test_curl(server):
    url = f"{server.url}/?user=bi&password=bi-password"
    for options in (
        ["-d", "SELECT 7"],
        ["--compressed", "-d", "SELECT 7"],
        ["-G", "--data-urlencode", "query=SELECT 7"],
    ):
        done = subprocess.run([str(CURL), "-sS", "--fail", url, *options], capture_output=True, text=True, check=True)
        assert done.stdout == "7\n"


def test_kafka_tables_can_be_made_from_the_named_collection(server, admin):
    admin.command("""
        CREATE TABLE wms.queue (a Int32) ENGINE = Kafka(wms_kafka) SETTINGS
            kafka_topic_list = 'topic', kafka_group_name = 'group', kafka_format = 'JSONEachRow',
            kafka_handle_error_mode = 'stream', kafka_flush_interval_ms = 200
    """)
    admin.command("CREATE TABLE wms.arrived (a Int32) ENGINE = MergeTree ORDER BY a")
    admin.command("CREATE MATERIALIZED VIEW wms.arriving TO wms.arrived AS SELECT a FROM wms.queue")
    consumers = admin.query("SELECT exceptions.text FROM system.kafka_consumers WHERE table = 'queue'").result_rows
    assert "Shutdown was called" not in str(consumers)
    assert "127.0.0.1:1" not in server.post("SHOW CREATE TABLE wms.queue").text
    for name in ("arriving", "arrived", "queue"):
        admin.command(f"DROP TABLE wms.{name} SYNC")


def test_configuration_of_the_engine_is_in_force(admin):
    settings = dict(admin.query("SELECT name, value FROM system.server_settings WHERE changed").result_rows)
    assert settings["max_server_memory_usage"] == "1024000000"
    assert settings["background_pool_size"] == "4"
    assert admin.query("SELECT name FROM system.named_collections ORDER BY name").result_rows == [
        ("wms_kafka",),
        ("wms_postgres",),
    ]
    logs = admin.query("SELECT name FROM system.tables WHERE database = 'system' AND name LIKE '%\\_log'").result_rows
    assert set(logs) <= {("query_log",), ("user_query_log",)}  # the latter is a view of the former


def test_no_secret_of_the_environment_is_needed_in_the_files():
    root = Path(__file__).resolve().parents[3]
    text = "".join(path.read_text() for path in (root / "clickhouse").glob("*.d/*.xml"))
    assert "dev-only" not in text
    assert text.count("from_env") >= 9
    assert not os.path.lexists(root / "config.xml")
