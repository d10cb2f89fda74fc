"""`sklad env`: every endpoint and credential as shell exports."""

import shlex

import typer

from sklad.settings import Settings, load_settings


def env() -> None:
    """Print shell exports, so that psql, curl and clients work at once.

    Example:  eval "$(make -s env)" && psql "$WMS_DSN" -c 'SELECT count(*) FROM stock_balances'
    """
    for name, value in exports(load_settings()).items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def exports(settings: Settings) -> dict[str, str]:
    """The variables, by name."""
    return {
        "WMS_DSN": settings.wms_dsn(settings.wms_user, settings.wms_password),
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "CONNECT_URL": settings.connect_url,
        "CLICKHOUSE_URL": settings.clickhouse_url,
        "CLICKHOUSE_USER": "admin",
        "CLICKHOUSE_PASSWORD": settings.clickhouse_password,
        "CLICKHOUSE_BI_USER": "bi",
        "CLICKHOUSE_BI_PASSWORD": settings.clickhouse_bi_password,
        "AIRFLOW_URL": settings.airflow_url,
        "AIRFLOW_USER": settings.airflow_user,
        "AIRFLOW_PASSWORD": settings.airflow_password,
        "SUPERSET_URL": settings.superset_url,
        "SUPERSET_USER": settings.superset_user,
        "SUPERSET_PASSWORD": settings.superset_password,
    }
