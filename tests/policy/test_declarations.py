"""Rules that every declaration keeps: settings, connectors, topics, migrations, secrets."""

import json
import re

import pytest

from sklad.settings import ROOT, Settings

ENV = (ROOT / ".env").read_text()
ENV_KEYS = re.findall(r"^([A-Z0-9_]+)=", ENV, re.MULTILINE)
CONNECTORS = sorted((ROOT / "kafka" / "connectors").glob("*/*.json"))
MIGRATIONS = sorted((ROOT / "clickhouse").glob("*/migrations/*.sql"))


def test_env_and_settings_know_the_same_keys() -> None:
    settings = {name.upper() for name, field in Settings.model_fields.items() if field.is_required()}
    assert sorted(ENV_KEYS) == sorted(settings)


def test_every_env_key_is_used() -> None:
    sources = "\n".join(
        file.read_text()
        for folder in ("sklad", "data_generator")
        for file in (ROOT / folder).rglob("*.py")
        if file.name != "settings.py"
    )
    declarations = "\n".join(
        file.read_text()
        for folder in ("clickhouse", "kafka", "wms", "superset", "embedded")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in {".sql", ".xml", ".json", ".properties", ".sh", ".py"} and "plugins" not in file.parts
    )
    declarations += "".join(file.read_text() for file in ROOT.glob("docker-compose*.yml"))
    # `bind_address` and the like are used through the URLs that settings.py builds as well.
    through_settings = (ROOT / "sklad" / "settings.py").read_text()
    for key in ENV_KEYS:
        name = key.lower()
        used = (
            f"settings.{name}" in sources
            or key in declarations
            or f"self.{name}" in through_settings
            or f'"{name}"' in sources
        )
        assert used, f"{key} stands in .env and nothing reads it"


def test_every_env_key_is_explained() -> None:
    """A key has a comment right above it, or stands in a row of keys under one."""
    explained = False
    for line in ENV.splitlines():
        if line.startswith("#"):
            explained = True
        elif not line:
            explained = False
        else:
            assert explained, f"no comment above {line}"


@pytest.mark.parametrize("file", CONNECTORS, ids=lambda file: file.stem)
def test_a_connector_holds_no_secret_and_bears_its_name(file: ROOT.__class__) -> None:
    definition = json.loads(file.read_text())
    assert definition["name"].split(".", 1)[1] == file.stem
    for key, value in definition["config"].items():
        if re.search("password|secret|token", key):
            assert re.fullmatch(r"\$\{env:[A-Z_]+\}", value), f"{key} must come from the worker's environment"


def test_what_connectors_read_from_the_environment_is_allowed() -> None:
    worker = (ROOT / "kafka" / "connect.properties").read_text()
    allowed = re.search(r"^config\.providers\.env\.param\.allowlist\.pattern=(.+)$", worker, re.MULTILINE)
    assert allowed
    for file in CONNECTORS:
        for name in re.findall(r"\$\{env:([A-Z_]+)\}", file.read_text()):
            assert re.fullmatch(allowed[1], name), f"{file.name} reads {name}, which the worker's allowlist lacks"


def test_every_captured_table_has_a_declared_topic() -> None:
    topics = {
        topic["name"] for file in (ROOT / "kafka" / "topics").glob("*.json") for topic in json.loads(file.read_text())
    }
    for file in (ROOT / "kafka" / "connectors" / "postgresql").glob("*.json"):
        config = json.loads(file.read_text())["config"]
        for table in config["table.include.list"].split(","):
            assert f"{config['topic.prefix']}.{table}" in topics


@pytest.mark.parametrize("file", MIGRATIONS, ids=lambda file: file.stem)
def test_a_migration_is_numbered_and_says_what_it_makes(file: ROOT.__class__) -> None:
    assert re.fullmatch(r"\d{4}_(create|alter|drop|fill)_[a-z_]+\.sql", file.name)


def test_migration_numbers_have_no_twin() -> None:
    for folder in (ROOT / "clickhouse").glob("*/migrations"):
        numbers = [file.name[:4] for file in folder.glob("*.sql")]
        assert sorted(set(numbers)) == sorted(numbers)


def test_development_passwords_stand_only_in_env_and_tests() -> None:
    left_out = {".git", ".venv", ".sklad", ".env", "tests", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
    tops = [path for path in ROOT.iterdir() if path.name not in left_out]
    files = [file for top in tops for file in ([top] if top.is_file() else top.rglob("*")) if file.is_file()]
    assert len(files) > 100
    # settings.py names the mark itself, the documentation explains it; jars and bytecode are no text of ours.
    texts = [
        file for file in files if file.suffix not in {".md", ".jar", ".pyc", ".png"} and file.name != "settings.py"
    ]
    assert [file for file in texts if b"dev-only-" in file.read_bytes()] == []
