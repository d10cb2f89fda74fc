"""What `bi` and `etl` must not do, in as many spellings as we could think of. Nothing here may succeed."""

import pytest

HOST_FILES = r"""
SELECT file('/etc/hostname')
SELECT `file`('/etc/hostname')
SELECT "file"('/etc/hostname')
SELECT “file”('/etc/hostname')
SELECT `fi\x6ce`('/etc/hostname')
SELECT /* */ file /* */ ('/etc/hostname')
SELECT file -- x
SELECT * APPLY(file) FROM (SELECT '/etc/hostname' AS a)
SELECT * APPLY(x -> file(x)) FROM (SELECT '/etc/hostname' AS a)
SELECT arrayMap(file, ['/etc/hostname'])
WITH f AS (SELECT file('/etc/hostname') AS x) SELECT x FROM f
SELECT * FROM view(SELECT file('/etc/hostname'))
DESCRIBE (SELECT file('/etc/hostname'))
EXPLAIN SELECT file('/etc/hostname')
SELECT * FROM numbers(1) WHERE file('/etc/hostname') != ''
SELECT * FROM file('/etc/hostname', LineAsString)
SELECT * FROM FILE('/etc/hostname', LineAsString)
SELECT * FROM fileCluster('c', '/etc/hostname', LineAsString)
SELECT * FROM filesystem('/etc')
SELECT * FROM default.`/etc/hostname`
SELECT * FROM `default`.`../../../../etc/hostname`
SELECT * FROM eval('SELECT 1')
SELECT * FROM eval(concat('SELECT fi', 'le(''/etc/hostname'')')) SETTINGS allow_experimental_eval_table_function = 1
SELECT a FROM generateRandom(concat('b Int32, a String ALIAS fi', 'le(''/etc/hostname'')')) LIMIT 1
SELECT a FROM null(concat('b Int32, a String ALIAS fi', 'le(''/etc/hostname'')'))
SELECT a FROM format(JSONEachRow, concat('b Int32, a String DEFAULT fi', 'le(''/etc/hostname'')'), '{"b":1}')
SELECT * FROM format(Values, 'a String', concat('(fi', 'le(''/etc/hostname''))'))
SELECT a FROM fuzzJSON(concat('b Int32, a String ALIAS fi', 'le(''/etc/hostname'')')) LIMIT 1
SELECT * FROM executable('x.sh', TSV, 'a String')
SELECT * FROM sqlite('/etc/x', 't')
SELECT * FROM icebergLocal('/etc')
SELECT * FROM deltaLakeLocal('/etc')
SELECT * FROM paimonLocal('/etc')
SELECT 1 INTO OUTFILE '/tmp/never-written'
SELECT 1 INTO/**/OUTFILE '/tmp/never-written' FORMAT CSV
INSERT INTO wms.refused FROM INFILE '/etc/hostname' FORMAT LineAsString
INSERT INTO wms.refused SELECT file('/etc/hostname')
INSERT INTO wms.refused VALUES (file('/etc/hostname'))
INSERT INTO wms.refused SETTINGS input_format_values_interpret_expressions = 1 VALUES (file('/etc/hostname'))
INSERT INTO FUNCTION file('/tmp/never-written', 'CSV', 'a Int32') VALUES (1)
CREATE TABLE wms.f (a String) ENGINE = File(CSV, '/etc/hostname')
CREATE TABLE wms.f (a String DEFAULT file('/etc/hostname')) ENGINE = Memory
CREATE TABLE wms.f ENGINE = Memory AS SELECT file('/etc/hostname') AS a
CREATE TABLE wms.f AS file('/etc/hostname', LineAsString)
CREATE TEMPORARY TABLE f (a String) ENGINE = File(CSV, '/etc/hostname')
ATTACH TABLE wms.f FROM '/etc' (a Int32) ENGINE = MergeTree ORDER BY a
ALTER TABLE wms.refused ADD COLUMN b String DEFAULT file('/etc/hostname')
CREATE DICTIONARY wms.d (a Int32) PRIMARY KEY a SOURCE(FILE(path '/x' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)
CREATE FUNCTION f AS x -> file(x)
BACKUP DATABASE wms TO File('/tmp/never-written')
RESTORE TABLE wms.refused FROM File('/tmp/never-written')
"""

NETWORK = """
SELECT * FROM url('http://127.0.0.1:1/', LineAsString)
SELECT * FROM urlCluster('c', 'http://127.0.0.1:1/')
SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV')
SELECT * FROM gcs('http://127.0.0.1:1/bucket/key', 'CSV')
SELECT * FROM remote('127.0.0.1', system, one)
SELECT * FROM remoteSecure('127.0.0.1', system, one)
SELECT * FROM cluster('default', system.one)
SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')
SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'a Int32')
SELECT * FROM redis('127.0.0.1:1', 'a', 'a Int32')
SELECT * FROM hdfs('hdfs://127.0.0.1:1/a', 'CSV')
SELECT * FROM azureBlobStorage('a', 'b', 'c')
SELECT * FROM iceberg('http://127.0.0.1:1/bucket/x')
SELECT * FROM deltaLake('http://127.0.0.1:1/bucket/x')
SELECT * FROM odbc('a', 'b', 'c')
SELECT * FROM jdbc('a', 'b')
SELECT * FROM bigquery('a', 'b', 'c')
INSERT INTO FUNCTION url('http://127.0.0.1:1/', 'CSV', 'a Int32') VALUES (1)
INSERT INTO FUNCTION remote('127.0.0.1', system, one) VALUES (1)
CREATE TABLE wms.f (a String) ENGINE = URL('http://127.0.0.1:1/', 'CSV')
CREATE TABLE wms.f (a String) ENGINE = S3('http://127.0.0.1:1/bucket/key', 'CSV')
CREATE TABLE wms.f (a Int32) ENGINE = Kafka(wms_kafka, kafka_topic_list = 'a', kafka_format = 'CSV')
"""

POWER = """
SET ROLE administrator
set/**/role/**/administrator
SET DEFAULT ROLE administrator TO bi
EXECUTE AS admin SELECT 1
SET profile = 'default'
SELECT 1 SETTINGS profile = 'default'
GRANT administrator TO bi
CREATE USER mallory IDENTIFIED BY 'x'
CREATE ROLE mallory
ALTER USER bi IDENTIFIED BY 'x'
CREATE DATABASE mallory
DROP DATABASE wms
KILL QUERY WHERE 1
KILL MUTATION WHERE 1
SYSTEM SHUTDOWN
SYSTEM FLUSH LOGS
SYSTEM DROP MARK CACHE
CREATE NAMED COLLECTION mallory AS a = 1
ALTER NAMED COLLECTION wms_postgres SET host = '127.0.0.2'
DROP NAMED COLLECTION wms_postgres
CREATE VIEW wms.p AS SELECT 1
CREATE OR REPLACE VIEW wms.p AS SELECT 1
CREATE VIEW wms.p DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT * FROM system.users
CREATE MATERIALIZED VIEW wms.p REFRESH EVERY 1 SECOND TO wms.refused AS SELECT name AS a FROM system.users
SELECT * FROM python(statement)
SELECT * FROM Python(users)
SELECT * FROM `python`(users)
SELECT * FROM arrowstream(1)
SELECT * FROM system.users
SELECT * FROM system.grants
SELECT addressToSymbol(1)
"""

WRITES = """
INSERT INTO wms.refused VALUES ('x')
INSERT INTO wms.refused SELECT 'x'
INSERT INTO wms.refused FORMAT CSV x
CREATE TABLE wms.w (a Int32) ENGINE = Memory
CREATE TEMPORARY TABLE w (a Int32)
DROP TABLE wms.refused
TRUNCATE TABLE wms.refused
ALTER TABLE wms.refused DELETE WHERE 1
ALTER TABLE wms.refused ADD COLUMN b Int32
DELETE FROM wms.refused WHERE 1
RENAME TABLE wms.refused TO wms.w
OPTIMIZE TABLE wms.refused
SELECT * FROM postgresql(wms_postgres, table = 'products')
SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')
SET max_execution_time = 0
SET readonly = 0
SELECT 1 SETTINGS readonly = 0
SELECT 1 SETTINGS max_execution_time = 1000
SELECT 1 SETTINGS max_result_rows = 0
SELECT 1 SETTINGS max_threads = 64
"""


SEVERAL = """
SELECT 1; SET ROLE administrator
SELECT 1;;SELECT 2
SELECT ';'; /* ; */ SET ROLE administrator
(SELECT 1) PARALLEL WITH (SELECT 2)
CREATE TABLE wms.p1 (a Int32) ENGINE = Memory PARALLEL WITH SET ROLE administrator
"""

# What clickhouse/users.d/sklad.xml names for the role `reader`.
GRANTED_OF_SYSTEM = {
    *("one", "numbers", "databases", "tables", "columns", "functions", "settings"),
    *("data_type_families", "table_engines", "table_functions"),
}

# ACCESS_DENIED, READONLY, SUPPORT_IS_DISABLED, SETTING_CONSTRAINT_VIOLATION, PATH_ACCESS_DENIED: refused for what it
# is, and not because it is misspelt here.
REFUSALS = {"497", "164", "344", "452", "481"}


def statements(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


@pytest.fixture(scope="module", autouse=True)
def refused_table(admin):
    admin.command("CREATE OR REPLACE TABLE wms.refused (a String) ENGINE = MergeTree ORDER BY a")
    yield
    assert admin.query("SELECT a FROM wms.refused").result_rows == [], "something was written after all"
    admin.command("DROP TABLE wms.refused SYNC")


@pytest.mark.parametrize("user", ["bi", "etl"])
@pytest.mark.parametrize("statement", statements(HOST_FILES) + statements(NETWORK) + statements(POWER))
def test_limited_users_are_kept_in(server, user, statement):
    answer = server.post(statement, user=user)
    assert answer.headers.get("X-ClickHouse-Exception-Code") in REFUSALS, answer.text


@pytest.mark.parametrize("statement", statements(WRITES))
def test_bi_only_reads(server, statement):
    answer = server.post(statement, user="bi")
    assert answer.headers.get("X-ClickHouse-Exception-Code") in REFUSALS, answer.text


@pytest.mark.parametrize("user", ["bi", "etl", "admin"])
@pytest.mark.parametrize("batch", statements(SEVERAL))
def test_several_statements_never_run(server, user, batch):
    assert server.post(batch, user=user).headers.get("X-ClickHouse-Exception-Code") == "62"


@pytest.mark.parametrize("user", ["bi", "etl"])
@pytest.mark.parametrize(
    "params",
    [
        {"profile": "default"},
        {"role": "administrator"},
        {"database": "default"},
    ],
)
def test_nothing_is_gained_by_the_url(server, user, params):
    assert server.post("SELECT 1", user=user, **params).status_code >= 400


@pytest.mark.parametrize(
    "params", [{"readonly": "0"}, {"readonly": "2"}, {"max_execution_time": "0"}, {"max_memory_usage": "0"}]
)
def test_bi_cannot_lift_its_limits_by_the_url(server, params):
    assert server.post("SELECT 1", user="bi", **params).headers["X-ClickHouse-Exception-Code"] == "164"


def test_etl_cannot_make_sql_of_its_values(server):
    for name in ("input_format_values_interpret_expressions", "input_format_values_deduce_templates_of_expressions"):
        assert server.post("SELECT 1", user="etl", **{name: "1"}).headers["X-ClickHouse-Exception-Code"] == "452"


@pytest.mark.parametrize("limited", ["bi", "etl"])
def test_what_one_may_is_not_remembered_for_another(server, limited):
    for _ in range(2):
        assert server.post("SELECT file('/etc/hostname') AS f").status_code == 200
        assert server.post("SELECT file('/etc/hostname') AS f", user=limited).status_code >= 400


def test_a_session_does_not_carry_rights_over(server):
    for statement in ("SET ROLE administrator", "SET readonly = 0", "SET profile = 'default'"):
        assert server.post(statement, user="bi", session_id="climb").status_code >= 400
    roles = server.post("SELECT currentRoles(), getSetting('readonly')", user="bi", session_id="climb").text
    assert roles == "['reader']\t1\n"


@pytest.mark.parametrize("user", ["bi", "etl"])
def test_secrets_of_the_configuration_stay_secret(server, admin, user):
    admin.command(
        "CREATE OR REPLACE TABLE wms.with_secret (a String) ENGINE = PostgreSQL('h:1', 'd', 't', 'u', 'open-sesame')"
    )
    admin.command("SYSTEM FLUSH LOGS")
    seen = "".join(
        server.post(query, user=user).text
        for query in (
            "SELECT * FROM system.named_collections FORMAT Vertical",
            "SHOW CREATE TABLE wms.with_secret",
            "SELECT * FROM system.tables FORMAT Vertical",
            "SELECT * FROM system.server_settings FORMAT Vertical",
            "SELECT * FROM system.query_log WHERE type = 2 AND query LIKE '%with_secret%' FORMAT Vertical",
            "SELECT * FROM system.processes FORMAT Vertical",
            "SELECT * FROM system.settings FORMAT Vertical",
            "SELECT create_table_query FROM system.tables SETTINGS format_display_secrets_in_show_and_select = 1",
        )
    )
    admin.command("DROP TABLE wms.with_secret SYNC")
    assert "with_secret" in seen
    for secret in ("open-sesame", "secret-of-the-collection", "bi-password", "etl-password", "admin-password"):
        assert secret not in seen


def test_bi_sees_of_the_system_what_it_is_granted(server, admin, bi):
    """In-process no grant is asked for: above all, the queries of others stand in processes and query_log."""
    admin.query("SELECT 'a question of the administrator'")
    admin.command("SYSTEM FLUSH LOGS")
    tables = [name for (name,) in admin.query("SELECT name FROM system.tables WHERE database = 'system'").result_rows]

    full = {table for table in tables if server.post(f"SELECT 1 FROM system.{table} LIMIT 1", user="bi").text == "1\n"}

    assert full == GRANTED_OF_SYSTEM
    assert bi.query("SHOW PROCESSLIST").row_count == 0
    for asked in (
        server.post("SELECT count() FROM {db:Identifier}.query_log", user="bi", param_db="system"),
        server.post("SELECT count() FROM query_log", user="bi", database="system"),
    ):
        assert asked.text == "0\n"
    assert "merge_tree_settings" in tables
    assert "a question of the administrator" in server.post("SELECT query FROM system.query_log").text


@pytest.mark.parametrize(
    "statement",
    ["SET ROLE reader", "SELECT * FROM python(x)", "SELECT 1 INTO OUTFILE '/tmp/never-written'"],
)
def test_not_even_admin(server, statement):
    assert server.post(statement, user="admin").status_code >= 400
