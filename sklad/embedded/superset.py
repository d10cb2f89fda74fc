"""Superset of the embedded runtime: its web server, and the bootstrap before it."""

from sklad.embedded.layout import Layout
from sklad.embedded.service import Need, Service
from sklad.settings import ROOT, Settings


def superset(settings: Settings) -> Service:
    python = Layout.of(settings).superset_python
    return Service(
        name="superset",
        command=(str(python), "-m", "gunicorn", "--config", f"{ROOT}/superset/gunicorn.conf.py"),
        environment=environment(settings),
        needs=(Need("the metadata database", settings.bind_address, settings.metadata_port),),
        prepare=lambda: Layout.of(settings).data("superset").mkdir(parents=True, exist_ok=True),
    )


def bootstrap_command(settings: Settings) -> list[str]:
    """Brings the metadata database to the wanted state; run with `environment`, before the web server starts."""
    return [str(Layout.of(settings).superset_python), f"{ROOT}/superset/bootstrap.py"]


def environment(settings: Settings) -> dict[str, str]:
    """All that superset/superset_config.py, gunicorn.conf.py and bootstrap.py read."""
    return {
        # Threads that each keep an arena of their own would take a fifth more memory.
        "MALLOC_ARENA_MAX": "2",
        "PYTHONPATH": f"{ROOT}/superset",
        # All times are UTC, so "the last day" of a filter has to be.
        "TZ": "UTC",
        "SUPERSET_CONFIG_PATH": f"{ROOT}/superset/superset_config.py",
        "SUPERSET_BIND": f"{settings.bind_address}:{settings.superset_port}",
        "SUPERSET_DATABASE_URI": settings.metadata_uri("superset", settings.superset_db_password),
        "SUPERSET_WORKERS": str(settings.superset_workers),
        "SUPERSET_CACHE_SECONDS": str(settings.superset_cache_seconds),
        "SUPERSET_CACHE_DIR": str(Layout.of(settings).data("superset") / "cache"),
        "SUPERSET_SECRET_KEY": settings.superset_secret_key,
        "SUPERSET_USER": settings.superset_user,
        "SUPERSET_PASSWORD": settings.superset_password,
        "SUPERSET_EMBED_ORIGINS": settings.superset_embed_origins,
    }
