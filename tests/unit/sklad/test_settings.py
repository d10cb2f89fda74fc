"""Settings: read from .env, overridden by the shell, refused with a cure."""

import pytest

from sklad.errors import SettingsError
from sklad.settings import load_settings


@pytest.fixture(autouse=True)
def forget_settings() -> None:
    load_settings.cache_clear()


def test_the_shell_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE_RATE", "12.5")
    assert load_settings().live_rate == 12.5


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("WMS_PORT", "seven", "WMS_PORT: input should be a valid integer"),
        ("WMS_PORT", "70000", "WMS_PORT: input should be less than or equal to 65535"),
        ("LIVE_RATE", "-1", "LIVE_RATE: input should be greater than or equal to 0"),
        ("WMS_PASSWORD", "", "WMS_PASSWORD: string should have at least 1 character"),
        ("SUPERSET_SECRET_KEY", "short", "SUPERSET_SECRET_KEY: string should have at least 42 characters"),
    ],
)
def test_a_malformed_value_is_named(monkeypatch: pytest.MonkeyPatch, key: str, value: str, said: str) -> None:
    monkeypatch.setenv(key, value)
    with pytest.raises(SettingsError, match="Mend them in") as refused:
        load_settings()
    assert said in str(refused.value)


def test_development_passwords_are_refused_beyond_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIND_ADDRESS", "0.0.0.0")  # noqa: S104
    with pytest.raises(SettingsError) as refused:
        load_settings()
    for key in ("WMS_PASSWORD", "CLICKHOUSE_BI_PASSWORD", "SUPERSET_SECRET_KEY", "AIRFLOW_FERNET_KEY"):
        assert key in str(refused.value)


def test_own_passwords_may_be_used_beyond_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in load_settings().development_passwords():
        monkeypatch.setenv(key, "x" * 64)
    monkeypatch.setenv("BIND_ADDRESS", "0.0.0.0")  # noqa: S104
    load_settings.cache_clear()
    assert load_settings().bind_address == "0.0.0.0"  # noqa: S104


def test_a_password_with_reserved_characters_survives_in_a_dsn(monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg.conninfo  # noqa: PLC0415

    monkeypatch.setenv("WMS_PASSWORD", "p@ss/w:rd?#%")
    settings = load_settings()
    parts = psycopg.conninfo.conninfo_to_dict(settings.wms_dsn("wms", settings.wms_password))
    assert parts["password"] == "p@ss/w:rd?#%"


def test_no_secret_shows_in_the_representation() -> None:
    assert "dev-only" not in repr(load_settings())
