"""Somebody who means harm, from each place where one can stand: what they try is refused, and no secret lies about."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import psutil
import psycopg
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from sklad.embedded.layout import Layout
from sklad.errors import ServiceError
from sklad.settings import Settings
from sklad.superset.client import SupersetClient
from tests.e2e import people
from tests.e2e.conftest import Stack
from tests.e2e.people import question

pytestmark = pytest.mark.e2e

# The last is Superset's answer to a token that is none.
REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.UNPROCESSABLE_ENTITY)

SQL_THAT_WRITES = r"""
INSERT INTO regions VALUES (99, 'x')
INSERT INTO regions SELECT 99, 'x'
CREATE TABLE mine (a Int32) ENGINE = Memory
CREATE TEMPORARY TABLE mine (a Int32)
CREATE VIEW mine AS SELECT 1
ALTER TABLE regions DELETE WHERE 1
DELETE FROM regions WHERE 1
TRUNCATE TABLE regions
OPTIMIZE TABLE regions
DROP TABLE regions
DROP VIEW stock_balances_v
RENAME TABLE regions TO mine
EXCHANGE TABLES regions AND regions_stage
SELECT 1; DROP TABLE regions
WITH 1 AS one SELECT one; TRUNCATE TABLE regions
/* a comment */ DROP TABLE regions
"""

SQL_THAT_READS_ELSEWHERE = r"""
SELECT * FROM file('/etc/passwd', 'LineAsString')
SELECT file('/etc/passwd')
SELECT `fi\x6ce`('/etc/passwd')
SELECT * FROM numbers(1) WHERE file('/etc/passwd') != ''
SELECT 1 INTO OUTFILE '/tmp/never-written'
INSERT INTO regions FROM INFILE '/etc/passwd' FORMAT CSV
BACKUP DATABASE wms TO File('never-written')
BACKUP TABLE wms.regions TO Disk('default', 'never-written')
RESTORE TABLE wms.regions FROM File('never-written')
SELECT * FROM executable('cat /etc/passwd', 'TSV', 'a String')
CREATE DICTIONARY mine (a Int32) PRIMARY KEY a SOURCE(FILE(path '/etc/passwd' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)
SELECT dictGet('mine', 'a', 1)
SELECT * FROM dictionary('mine')
SELECT * FROM url('http://127.0.0.1:{connect}/connectors', 'LineAsString')
SELECT * FROM s3('http://127.0.0.1:{connect}/bucket/key', 'CSV')
SELECT * FROM remote('127.0.0.1', system, one)
SELECT * FROM postgresql(wms_postgres, table = 'products')
SELECT * FROM postgresql(wms_postgres, table = 'pg_authid', schema = 'pg_catalog')
SELECT * FROM postgresql('127.0.0.1:{wms}', 'wms', 'products', 'etl', 'guessed')
SELECT * FROM wms_replication_slots_of_nobody
SELECT * FROM mysql('127.0.0.1:{wms}', 'a', 'b', 'c', 'd')
SELECT * FROM system.users
SELECT * FROM system.grants
SHOW CREATE USER bi
"""

SQL_THAT_CLIMBS = r"""
SET max_execution_time = 0
SET readonly = 0
SET ROLE administrator
SET profile = 'default'
SELECT 1 SETTINGS readonly = 0
SELECT 1 SETTINGS max_execution_time = 0
SELECT 1 SETTINGS max_result_rows = 0, max_memory_usage = 0
SELECT count() FROM numbers(2000000000) SETTINGS max_rows_to_read = 0
SET max_execution_time = 0; SELECT 1
EXECUTE AS admin SELECT 1
GRANT administrator TO bi
CREATE USER mallory IDENTIFIED BY 'x'
KILL QUERY WHERE 1
SYSTEM SHUTDOWN
SYSTEM STOP MERGES
"""

# Without what comes and goes by itself: refreshed views are exchanged, and so is what a daily load holds; a comparison
# freezes its table.
OBJECTS = r"""
SELECT name, engine FROM system.tables
WHERE database = 'wms' AND name NOT LIKE '.%' AND name NOT LIKE '%\_held\_%'
    AND name NOT LIKE 'verify\_stock\_balances\_%'
ORDER BY name
"""

# Each may only ever be compared with names.
HOSTILE_TEXTS = [
    "' OR '1' = '1",
    "') OR 1 = 1 --",
    "x') OR 1 = 1 /*",
    "\\",
    "\\') OR 1 = 1 --",
    "\\\\') OR 1 = 1 --",
    "'; DROP TABLE regions --",
    "' UNION ALL SELECT 1 --",
    "') UNION ALL SELECT sum(quantity) FROM stock_balances_v --",
    '" OR "1" = "1',
    "` OR 1 = 1",
    "{{ 1 + 1 }}",
    "{% for x in (1,) %}x{% endfor %}",
    "{x:String}",
    "%(x)s",
    "%s",
    ":x",
    "?",
    "$$",
    "$x$') OR 1 = 1 --$x$",
    "\u2019 OR 1 = 1",
    "\uff07 OR 1 = 1",
    "x\x00' OR 1 = 1",
    "x\n' OR 1 = 1 --",
]


@pytest.fixture(scope="module")
def ask_sql(analyst: SupersetClient, admin: SupersetClient) -> Callable[..., httpx.Response]:
    """SQL Lab, as an analyst."""
    (database,) = people.ids(admin, "database", "database_name").values()

    def ask(query: str, **more: object) -> httpx.Response:
        body = {"database_id": database, "sql": query, "runAsync": False, "expand_data": True}
        return analyst.ask("POST", "sqllab/execute/", json=body | more)

    return ask


@pytest.fixture(scope="module")
def secrets(stack: Stack) -> list[str]:
    """All passwords and keys of this stack."""
    hidden = [name for name, field in Settings.model_fields.items() if not field.repr]
    found = [value for name in hidden if (value := getattr(stack.settings, name))]
    assert len(found) == 17
    return found


def told(text: str, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret in text]


@contextmanager
def nothing_changes(stack: Stack) -> Iterator[None]:
    def seen() -> tuple[Any, ...]:
        with stack.clickhouse() as client:
            objects = client.query(OBJECTS).result_rows
            return objects, client.query("SELECT * FROM regions ORDER BY ALL").result_rows

    before = seen()
    yield
    assert seen() == before


def statements(stack: Stack, text: str) -> list[str]:
    ports = {"{wms}": stack.environment["WMS_PORT"], "{connect}": stack.environment["CONNECT_PORT"]}
    for name, port in ports.items():
        text = text.replace(name, port)
    return text.strip().splitlines()


# --- SQL Lab ---


def test_an_analyst_only_reads_and_only_the_product(stack: Stack, ask_sql: Callable[..., httpx.Response]) -> None:
    harmful = statements(stack, SQL_THAT_WRITES + SQL_THAT_READS_ELSEWHERE + SQL_THAT_CLIMBS)

    with nothing_changes(stack):
        answers = {statement: ask_sql(statement) for statement in harmful}

    assert {statement: answer.text for statement, answer in answers.items() if answer.is_success} == {}
    assert "root:" not in "".join(answer.text for answer in answers.values())
    assert not Path("/tmp/never-written").exists()  # noqa: S108


def test_an_analysts_limits_hold_in_whatever_schema(ask_sql: Callable[..., httpx.Response]) -> None:
    limits = "SELECT getSetting('readonly') AS readonly, getSetting('max_execution_time') AS seconds"

    for schema in (None, "wms"):
        ask_sql("SET max_execution_time = 0", schema=schema)
        assert rows_of(ask_sql(limits, schema=schema)) == [{"readonly": 1, "seconds": 60}]
    answer = ask_sql("SELECT sum(cityHash64(number)) FROM numbers_mt(100000000000)")
    assert not answer.is_success
    assert "TOO_MANY_ROWS" in answer.text


def test_an_analyst_sees_no_secret_and_no_question_of_others(
    stack: Stack, ask_sql: Callable[..., httpx.Response], secrets: list[str]
) -> None:
    with stack.clickhouse() as client:
        client.query("SELECT 'a question of the administrator'")
        client.command("SYSTEM FLUSH LOGS")
    looks = [
        "SELECT * FROM system.named_collections",
        "SELECT * FROM system.query_log",
        "SELECT * FROM query_log",
        "SELECT * FROM system.processes",
        "SHOW PROCESSLIST",
        "SELECT * FROM system.server_settings",
        "SELECT * FROM system.errors",
        "SELECT * FROM system.kafka_consumers",
        "SELECT name, create_table_query, engine_full FROM system.tables",
        "SHOW CREATE TABLE wms_replication_slots",
        "SHOW CREATE TABLE stock_balances_queue",
        "SELECT * FROM information_schema.tables",
    ]

    answers = [ask_sql(look, **more).text for look in looks for more in ({}, {"schema": "system"})]

    assert told("".join(answers), secrets) == []
    assert "a question of the administrator" not in "".join(answers)
    assert any("CREATE TABLE" in answer for answer in answers)


def rows_of(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.is_success, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


# --- charts and their filters ---


def test_a_filters_value_is_never_sql(stack: Stack, admin: SupersetClient, viewer: SupersetClient) -> None:
    dataset = people.ids(admin, "dataset", "table_name")["bi_stock_full"]
    filters = [("IN", HOSTILE_TEXTS), ("NOT IN", HOSTILE_TEXTS)]
    for text in HOSTILE_TEXTS:
        pattern = re.sub(r"([\\%_])", r"\\\1", text)
        filters += [("==", text), ("IN", [text, "x"]), ("LIKE", pattern), ("ILIKE", pattern)]

    with nothing_changes(stack):
        found = positions(viewer, dataset, *filters)

    with stack.clickhouse("bi") as client:
        everything = client.query("SELECT count() FROM stock_balances_v").result_rows[0][0]
    wanted = [everything if operator == "NOT IN" else 0 for operator, _ in filters]
    assert dict(zip(map(repr, filters), found, strict=True)) == dict(zip(map(repr, filters), wanted, strict=True))


def test_a_filters_value_that_is_hostile_finds_the_product_of_that_name(
    stack: Stack, admin: SupersetClient, viewer: SupersetClient
) -> None:
    """Neither refused nor lost on the way: compared, letter by letter."""
    dataset = people.ids(admin, "dataset", "table_name")["bi_stock_full"]
    with stack.clickhouse() as client:
        balances = dict(
            client.query(
                "SELECT product_id, count() FROM stock_balances_v GROUP BY 1 ORDER BY 1 LIMIT {texts:UInt64}",
                parameters={"texts": len(HOSTILE_TEXTS)},
            ).result_rows
        )
        client.command("CREATE OR REPLACE TABLE products_named AS products")
        client.insert("products_named", [[*named, "x"] for named in zip(balances, HOSTILE_TEXTS, strict=True)])
        client.command("EXCHANGE TABLES products AND products_named")
        try:
            found = positions(viewer, dataset, *(("==", text) for text in HOSTILE_TEXTS))
        finally:
            client.command("EXCHANGE TABLES products AND products_named")
            client.command("DROP TABLE products_named SYNC")

    assert dict(zip(HOSTILE_TEXTS, found, strict=True)) == dict(zip(HOSTILE_TEXTS, balances.values(), strict=True))


def positions(someone: SupersetClient, dataset: int, *filters: tuple[str, object]) -> list[int]:
    """How many balances a chart shows, for each filter (operator, value) of products' names."""
    asked = question(dataset, ["positions"])
    (query,) = asked["queries"]
    asked["queries"] = [
        query | {"filters": [{"col": "товар", "op": operator, "val": value}]} for operator, value in filters
    ]
    answer = someone.ask("POST", "chart/data", json=asked)
    assert answer.is_success, answer.text[:2000]
    return [result["data"][0]["positions"] for result in answer.json()["result"]]


def test_no_part_of_a_charts_question_is_a_way_around(
    stack: Stack, admin: SupersetClient, viewer: SupersetClient
) -> None:
    dataset = people.ids(admin, "dataset", "table_name")["bi_stock_full"]
    own = {"expressionType": "SQL", "label": "x"}
    parts = {
        "a column of another table": {"columns": ["товар FROM system.users --"]},
        "a column that is SQL": {"columns": [own | {"sqlExpression": "(SELECT any(name) FROM system.users)"}]},
        "a metric that reads a file": {"metrics": [own | {"sqlExpression": "any(file('/etc/passwd'))"}]},
        "a metric that asks others": {"metrics": [own | {"sqlExpression": "(SELECT count() FROM wms.regions)"}]},
        "a metric that ends its query": {
            "metrics": [own | {"sqlExpression": "1) FROM numbers(1); DROP TABLE regions"}]
        },
        "a condition that ends its own": {"extras": {"where": "1 = 1) UNION ALL SELECT 1 --"}},
        "a condition with a file": {"extras": {"where": "file('/etc/passwd') != ''"}},
        "a condition of groups": {
            "columns": ["товар"],
            "extras": {"having": "1 = 1) SETTINGS max_execution_time = 0 --"},
        },
        "an order": {"columns": ["товар"], "orderby": [["(SELECT 1 FROM system.users)", True]]},
        "a limit": {"columns": ["товар"], "row_limit": "1; DROP TABLE regions"},
        "an operator": {"filters": [{"col": "товар", "op": "= '' OR 1 = 1 OR 'x' =", "val": "x"}]},
        "a template": {"extras": {"where": "{{ 7 * 191 }} = 1337"}},
    }

    with nothing_changes(stack):
        answers = {}
        for what, part in parts.items():
            asked = question(dataset, ["positions"])
            asked["queries"][0] |= part
            answers[what] = viewer.ask("POST", "chart/data", json=asked)

    assert {what: answer.text[:500] for what, answer in answers.items() if answer.is_success} == {}
    assert "root:" not in "".join(answer.text for answer in answers.values())


# --- logging in ---


@pytest.mark.parametrize("password", ["", "wrong"])
def test_postgresql_lets_nobody_in_without_a_password(stack: Stack, password: str) -> None:
    databases = {
        "WMS_PORT": [("wms", role) for role in ("wms", "debezium", "etl", "wms_app", "postgres")],
        "METADATA_PORT": [("airflow", "airflow"), ("superset", "superset"), ("postgres", "postgres")],
    }
    for port, pairs in databases.items():
        for database, role in pairs:
            dsn = f"host=127.0.0.1 port={stack.environment[port]} dbname={database} user={role} connect_timeout=10"
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(f"{dsn} password='{password}'" if password else f"{dsn} passfile=/dev/null")


def test_the_metadata_of_each_service_is_its_own(stack: Stack) -> None:
    settings = stack.settings
    for role, password, other in (
        ("airflow", settings.airflow_db_password, "superset"),
        ("superset", settings.superset_db_password, "airflow"),
    ):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(host="127.0.0.1", port=settings.metadata_port, dbname=other, user=role, password=password)


@pytest.mark.parametrize("password", ["", "wrong"])
def test_web_servers_let_nobody_in_without_a_password(stack: Stack, password: str) -> None:
    with httpx.Client(timeout=60) as http:
        for user in ("admin", "etl", "bi", "default"):
            assert http.post(stack["CLICKHOUSE_URL"], content="SELECT 1", auth=(user, password)).status_code in REFUSED
        login = {"username": stack["AIRFLOW_USER"], "password": password}
        refusal = http.post(f"{stack['AIRFLOW_URL']}/auth/token", json=login)
        assert refusal.status_code in (*REFUSED, httpx.codes.BAD_REQUEST)
        assert "access_token" not in refusal.text
        login = {"username": stack["SUPERSET_USER"], "password": password, "provider": "db"}
        refusal = http.post(f"{stack['SUPERSET_URL']}/api/v1/security/login", json=login)
        assert refusal.status_code in (*REFUSED, httpx.codes.BAD_REQUEST)
    with pytest.raises(ServiceError), SupersetClient(stack["SUPERSET_URL"], stack["SUPERSET_USER"], password):
        pass


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer e30.e30.e30"}, {"Authorization": "Basic YWRtaW46"}])
def test_no_api_answers_a_stranger(stack: Stack, headers: dict[str, str]) -> None:
    paths = {
        "AIRFLOW_URL": (
            *("/api/v2/dags", "/api/v2/connections", "/api/v2/variables", "/api/v2/config", "/api/v2/eventLogs"),
            # What tasks ask, connections with their passwords among it.
            *("/execution/connections/clickhouse_etl", "/execution/variables/x"),
        ),
        "SUPERSET_URL": (
            *("/api/v1/database/", "/api/v1/chart/", "/api/v1/dataset/", "/api/v1/assets/export/", "/api/v1/log/"),
            "/api/v1/security/users/",
        ),
        "CLICKHOUSE_URL": ("/?query=SELECT%201", "/?query=SELECT%201&user=admin"),
    }
    with httpx.Client(headers=headers, timeout=60) as stranger:
        answers = {f"{url}{path}": stranger.get(f"{stack[url]}{path}") for url, some in paths.items() for path in some}

    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code not in REFUSED} == {}


def test_whatever_listens_listens_on_the_loopback_alone(stack: Stack) -> None:
    """Kafka and Connect have no passwords: who reaches them may do everything. So only this machine reaches them."""
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for process in processes(stack)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert {address.removeprefix("::ffff:") for address, _ in listening} == {"127.0.0.1"}
    ports = {int(value) for key, value in stack.environment.items() if key.endswith("_PORT") and value.isdigit()}
    assert {port for _, port in listening} & ports >= {
        int(stack.environment[key]) for key in ("KAFKA_PORT", "CONNECT_PORT", "WMS_PORT", "METADATA_PORT")
    }
    assert httpx.get(f"{stack['CONNECT_URL']}/connectors").is_success


# --- where secrets could lie about ---


def processes(stack: Stack) -> list[psutil.Process]:
    """Supervisord of this stack and all that it started."""
    supervisord = psutil.Process(int((Layout.of(stack.settings).run / "supervisord.pid").read_text()))
    return [supervisord, *supervisord.children(recursive=True)]


def test_no_secret_in_a_log_or_in_a_file_that_others_may_read(stack: Stack, secrets: list[str]) -> None:
    stack.sklad("verify")
    state = Path(stack.environment["STATE_DIR"])
    logs = [file for file in state.rglob("*") if file.is_file() and ("logs" in file.parts or file.suffix == ".log")]

    assert {file.parts[-1] for file in logs} >= {"connect.log", "superset.log", "clickhouse.log", "wms.log"}
    assert any("dag_id=wms_reference_daily" in str(file) for file in logs)
    assert {str(file): found for file in logs if (found := told(file.read_text(errors="replace"), secrets))} == {}
    assert state.stat().st_mode & 0o077 == 0, "nobody else gets into the folder"


def test_no_secret_in_a_list_of_processes(stack: Stack, secrets: list[str]) -> None:
    """While services run, and while commands are at work that use passwords."""
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            for process in psutil.process_iter(["cmdline"]):
                seen.add(" ".join(process.info["cmdline"] or ()))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        # It makes roles with their passwords anew, logs in everywhere, and is at once the end of what tests changed.
        up = stack.up()
    finally:
        done.set()
        looking.join()

    assert up.returncode == 0, stack.said(up)
    assert any("sklad.clickhouse_server" in line for line in seen)
    assert any("on_start.sh" in line for line in seen)
    assert {line: found for line in seen if (found := told(line, secrets))} == {}
    assert told(stack.said(up), secrets) == []


def test_no_secret_in_what_connect_answers_and_keeps(stack: Stack, secrets: list[str]) -> None:
    name = "/connectors/wms.stock_balances"
    with httpx.Client(base_url=stack["CONNECT_URL"], timeout=30) as connect:
        paths = (
            *("/", "/connectors?expand=info&expand=status", "/connector-plugins", "/admin/loggers"),
            *(name, f"{name}/config", f"{name}/status", f"{name}/tasks", f"{name}/tasks/0/status"),
            *(f"{name}/topics", f"{name}/offsets"),
        )
        answers = [connect.get(path).raise_for_status().text for path in paths]
        config = connect.get(f"{name}/config").json()
        checked = connect.put("/connector-plugins/PostgresConnector/config/validate", json=config | {"name": "x"})
        wrong = config | {"name": "x", "database.user": "nobody", "slot.name": "x"}
        failed = connect.put("/connector-plugins/PostgresConnector/config/validate", json=wrong)

    assert config["database.password"] == "${env:WMS_DEBEZIUM_PASSWORD}"
    assert told("".join((*answers, checked.text, failed.text)), secrets) == []
    assert told(kept_in_kafka(stack, "_connect_configs"), secrets) == []


def kept_in_kafka(stack: Stack, topic: str) -> str:
    """All that a topic of one partition holds."""
    consumer = Consumer(
        {"bootstrap.servers": stack["KAFKA_BOOTSTRAP_SERVERS"], "group.id": "test", "enable.partition.eof": True}
    )
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    text = ""
    try:
        while (message := consumer.poll(30)) is not None and message.error() is None:
            text += (message.value() or b"").decode(errors="replace")
    finally:
        consumer.close()
    assert "wms.public" in text or "PostgresConnector" in text
    return text


def test_no_secret_in_what_superset_answers_and_keeps(stack: Stack, admin: SupersetClient, secrets: list[str]) -> None:
    settings = stack.settings
    address = f"clickhousedb://bi:{settings.clickhouse_bi_password}@127.0.0.1:{settings.clickhouse_port}/wms"
    (database,) = people.ids(admin, "database", "database_name").values()
    paths = (
        *("database/", f"database/{database}", f"database/{database}/connection", f"database/export/?q=!({database})"),
        *("assets/export/", "dataset/", "security/users/"),
    )

    another = admin.post("database/", {"database_name": "Another way in", "sqlalchemy_uri": address})["id"]
    admin.delete(f"database/{another}")
    answers = {path: admin.ask("GET", path) for path in (*paths, "log/?q=(page_size:100)")}
    with psycopg.connect(
        settings.metadata_uri("superset", settings.superset_db_password).replace("+psycopg2", "")
    ) as db:
        kept = str(db.execute("SELECT dbs::text FROM dbs").fetchall())
        said = str(db.execute("SELECT action, json FROM logs").fetchall())

    assert {path: answer.status_code for path, answer in answers.items() if not answer.is_success} == {}
    assert "clickhousedb://bi:XXXXXXXXXX@" in answers[f"database/{database}/connection"].text
    assert "clickhousedb://bi:XXXXXXXXXX@" in kept
    assert "ImportExportRestApi.import_" in said
    assert "Another way in" in said
    assert told("".join(map(unzipped, answers.values())) + kept + said, secrets) == []


def unzipped(answer: httpx.Response) -> str:
    """An answer's text; of an archive, all of its files'."""
    if "zip" not in answer.headers.get("content-type", ""):
        return answer.text
    with ZipFile(BytesIO(answer.content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def test_no_secret_in_what_airflow_answers(stack: Stack, secrets: list[str]) -> None:
    url = stack["AIRFLOW_URL"]
    login = {"username": stack["AIRFLOW_USER"], "password": stack["AIRFLOW_PASSWORD"]}
    token = httpx.post(f"{url}/auth/token", json=login, timeout=60).json()["access_token"]
    dag = "/api/v2/dags/wms_reference_daily"
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as airflow:
        run = airflow.get(f"{dag}/dagRuns").json()["dag_runs"][0]["dag_run_id"]
        tasks = airflow.get(f"{dag}/dagRuns/{run}/taskInstances").json()["task_instances"]
        paths = [
            *("/api/v2/connections", "/api/v2/variables", "/api/v2/eventLogs", "/api/v2/providers", "/api/v2/plugins"),
            *(f"{dag}/details", f"{dag}/dagRuns", f"{dag}/dagRuns/{run}/taskInstances"),
            *(f"{dag}/dagRuns/{run}/taskInstances/{task['task_id']}/logs/{task['try_number']}" for task in tasks),
            f"{dag}/dagRuns/{run}/taskInstances/stage/xcomEntries",
        ]
        answers = {path: airflow.get(path) for path in paths}
        configuration = airflow.get("/api/v2/config")

    assert {path: answer.status_code for path, answer in answers.items() if not answer.is_success} == {}
    assert configuration.status_code == httpx.codes.FORBIDDEN
    assert told("".join(answer.text for answer in answers.values()), secrets) == []


def test_no_secret_in_what_commands_say(stack: Stack, secrets: list[str]) -> None:
    for command in (["status"], ["status", "--json"], ["verify", "--json"]):
        done = stack.sklad(*command)
        assert done.stdout
        assert told(done.stdout + done.stderr, secrets) == [], command


def test_no_secret_in_the_log_of_queries(stack: Stack, secrets: list[str]) -> None:
    with stack.clickhouse() as client:
        client.command("SYSTEM FLUSH LOGS")
        log = client.query("SELECT query, exception, toString(Settings) FROM system.query_log").result_rows
        kept = client.query("SELECT create_table_query, engine_full FROM system.tables").result_rows
    # What this test and its neighbours asked with a password in it would be their own.
    assert len(log) > 100
    assert told(json.dumps(log + kept, ensure_ascii=False), secrets) == []


# --- names that commands take ---


@pytest.mark.parametrize(
    "command",
    [
        ["logs", "../../../etc/passwd"],
        ["apply", "schema; DROP TABLE regions"],
        ["superset", "export", "'; DROP TABLE regions --"],
        ["superset", "export", "../../security/users/"],
    ],
)
def test_a_name_is_looked_up_and_never_run(stack: Stack, command: list[str]) -> None:
    with nothing_changes(stack):
        done = stack.sklad(*command)

    assert done.returncode != 0
    assert done.stderr
    assert not any(text in done.stdout + done.stderr for text in ("root:", "Traceback", "password"))
