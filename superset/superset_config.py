"""Superset's configuration, the same in both runtimes. All that differs between them comes from the environment:

SUPERSET_SECRET_KEY     signs sessions and encrypts the passwords stored with database connections
SUPERSET_DATABASE_URI   the metadata database, postgresql+psycopg2://user:password@host:port/name
SUPERSET_CACHE_SECONDS  for how long viewers share a chart's answer, where its dataset does not say otherwise
SUPERSET_CACHE_DIR      folder for cached results and filter states; safe to delete
SUPERSET_EMBED_ORIGINS  optional, sites that may embed dashboards, with spaces between them
SUPERSET_REDIS_URL      optional, redis://host:port: instead of the folder, for caches and limits that processes share
"""

import hmac
import logging
import os
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clickhouse_questions import improve_questions
from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader
from superset.jinja_context import JinjaTemplateProcessor
from superset.utils.log import DBEventLogger


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise RuntimeError(
            f"Superset can't start: the environment variable {name} is not set. `make up` and docker-compose.yml "
            "derive it from .env; by hand, export it first (what it means: the top of superset_config.py)."
        )
    return value


SECRET_KEY = _required("SUPERSET_SECRET_KEY")
SQLALCHEMY_DATABASE_URI = _required("SUPERSET_DATABASE_URI")
# The metadata PostgreSQL may restart under us: try a pooled connection before use rather than fail a viewer's request.
# Each of a worker's threads may need one.
SQLALCHEMY_ENGINE_OPTIONS = {"pool_pre_ping": True, "pool_size": 4, "max_overflow": 12}

# --- caches and limits: on disk and in memory, so that no Redis is needed while there is one worker -----------------
_REDIS_URL = os.environ.get("SUPERSET_REDIS_URL", "")
_CACHE_DIR = Path(_required("SUPERSET_CACHE_DIR"))
# Superset makes this folder at each start, in the user's home if not told otherwise.
DATA_DIR = str(_CACHE_DIR)
_DAY = 24 * 3600


def _cache(name: str, seconds: int, entries: int) -> dict[str, Any]:
    if _REDIS_URL:
        return {
            "CACHE_TYPE": "RedisCache",
            "CACHE_REDIS_URL": f"{_REDIS_URL}/1",
            "CACHE_DEFAULT_TIMEOUT": seconds,
            "CACHE_KEY_PREFIX": f"{name}_",
        }
    return {
        "CACHE_TYPE": "FileSystemCache",
        "CACHE_DIR": str(_CACHE_DIR / name),
        "CACHE_DEFAULT_TIMEOUT": seconds,
        "CACHE_THRESHOLD": entries,
        "CACHE_KEY_PREFIX": f"{name}_",
    }


CACHE_CONFIG = _cache("metadata", 300, 1000)
# Results live for less than the shortest refresh interval: each refresh sees new stock, yet a hundred viewers of one
# dashboard cost ClickHouse as much as one does.
DATA_CACHE_CONFIG = _cache("data", int(_required("SUPERSET_CACHE_SECONDS")), 500)
FILTER_STATE_CACHE_CONFIG = _cache("filter_state", 30 * _DAY, 5000) | {"REFRESH_TIMEOUT_ON_RETRIEVAL": True}
EXPLORE_FORM_DATA_CACHE_CONFIG = _cache("explore", 7 * _DAY, 5000) | {"REFRESH_TIMEOUT_ON_RETRIEVAL": True}
# Flask-Limiter warns and counts per process anyway when no store is named.
RATELIMIT_STORAGE_URI = f"{_REDIS_URL}/2" if _REDIS_URL else "memory://"

# --- dashboards that refresh themselves -----------------------------------------------------------------------------
DASHBOARD_AUTO_REFRESH_INTERVALS = [
    [0, "Don't refresh"],
    [5, "5 seconds"],
    [10, "10 seconds"],
    [30, "30 seconds"],
    [60, "1 minute"],
    [300, "5 minutes"],
]
SUPERSET_DASHBOARD_PERIODICAL_REFRESH_LIMIT = 5
# "fetch" asks the cache above first; the default, "force", would run every viewer's every query anew.
DASHBOARD_AUTO_REFRESH_MODE = "fetch"

# A browser shows no more than this; whoever needs all rows reads stock_balances_v directly.
ROW_LIMIT = 10_000
SQL_MAX_ROW = 100_000
SUPERSET_WEBSERVER_TIMEOUT = 60
SQLLAB_TIMEOUT = 60

# All rights, datasets or charts in one page, as `sklad` asks for them (sklad/superset/client.py says why).
FAB_API_MAX_PAGE_SIZE = 10_000

_EMBED_ORIGINS = os.environ.get("SUPERSET_EMBED_ORIGINS", "").split()

FEATURE_FLAGS = {
    # Who may read a dashboard's datasets may see it (access.yaml). With roles on dashboards instead, nobody but its
    # owners could copy one.
    "DASHBOARD_RBAC": False,
    "EMBEDDED_SUPERSET": bool(_EMBED_ORIGINS),
    # No Celery, no browser on the server: nothing that needs them is offered.
    "ALERT_REPORTS": False,
    "THUMBNAILS": False,
    "ENABLE_TEMPLATE_PROCESSING": True,
    # Charts far below the window ask for their data when somebody scrolls there, and refresh from then on.
    "DASHBOARD_VIRTUALIZATION_DEFER_DATA": True,
}


class DatasetTemplates(JinjaTemplateProcessor):
    """Fills in the two forms of template that datasets have: a choice between two queries, and the moment that one asks
    for. What they are like, as a whole text, is up to sklad/superset/queries.py.

    All else stays as it is: what people write, in charts' questions or in SQL, is never run as a template.
    """

    _CHOICE = re.compile(
        r"\{% if get_filters\('\w+'\) %\}((?!\{[{%#]).)*\{% else %\}((?!\{[{%#]).)*\{% endif %\}\s*", re.DOTALL
    )
    _AT_MOMENT = re.compile(r"\{% set moment = moment_from\('\w+'\) %\}((?!\{[{%#]).|\{\{ moment \}\})*", re.DOTALL)
    # As superset/queries/stock/filter_moments.sql offers them, UTC.
    _OFFERED = "%Y-%m-%d %H:%M"
    _LATEST = "toDateTime64(toStartOfTenMinutes(now('UTC')), 6, 'UTC')"

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Superset's own
        super().__init__(*args, **kwargs)
        self.env.globals["moment_from"] = self._moment_from

    def process_template(self, sql: str, **kwargs: object) -> str:
        """The SQL; of two queries the one that answers."""
        if self._CHOICE.fullmatch(sql) or self._AT_MOMENT.fullmatch(sql):
            return super().process_template(sql, **kwargs)
        return sql

    def _moment_from(self, column: str) -> str:
        """SQL for the first moment among the values that a column is filtered by; for the latest if there is none.

        It is written anew from what was understood: a filter's own text never gets into the query by this way.
        """
        for each in self._context["get_filters"](column):
            if each["op"] in ("==", "IN"):
                for value in each["val"] if isinstance(each["val"], list) else [each["val"]]:
                    if moment := self._understood(value):
                        return f"toDateTime64('{moment:%Y-%m-%d %H:%M:%S}', 6, 'UTC')"
        return self._LATEST

    def _understood(self, value: object) -> datetime | None:
        try:
            moment = datetime.strptime(str(value), self._OFFERED).replace(tzinfo=UTC)
        except ValueError:
            return None
        # strptime also takes 2026-1-2, spaces in a row, and digits of other scripts.
        return moment if moment.strftime(self._OFFERED) == value else None


CUSTOM_TEMPLATE_PROCESSORS = {"clickhousedb": DatasetTemplates}

# Superset counts a table's rows in the order in which it would show them. ClickHouse then sorts up to half a million of
# them, most of what such a table costs; without an order it stops reading once it has counted so many.
_ROW_COUNT = re.compile(
    r'(SELECT\s+COUNT\(\*\) AS "rowcount"\nFROM \(\n.*)'
    r"\n  ORDER BY(?:\n    [^\n]*)+"
    r'(\n  LIMIT \d+\n\) AS "rowcount_qry"\s*)',
    re.DOTALL,
)


# At the very end, when the statement is laid out as it will be asked.
MUTATE_AFTER_SPLIT = True


def SQL_QUERY_MUTATOR(sql: str, **_: object) -> str:
    """The SQL as it is asked; a count of a table's rows without their order."""
    count = _ROW_COUNT.fullmatch(sql)
    return "".join(count.groups()) if count else sql


# --- language and numbers -------------------------------------------------------------------------------------------
BABEL_DEFAULT_LOCALE = "ru"
LANGUAGES = {
    "ru": {"flag": "ru", "name": "Русский"},
    "en": {"flag": "us", "name": "English"},
}
D3_FORMAT = {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", "\u00a0₽"]}

# --- colours --------------------------------------------------------------------------------------------------------
# Light enough for the dark labels that charts write on them, distinct enough for the eighteen categories of a treemap.
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "sklad",
        "label": "Sklad",
        "description": "",
        "isDefault": True,
        "colors": [
            *("#3FA7BA", "#7CC6A4", "#F2B66D", "#8FB8DE", "#E79A8B", "#B7A6D9", "#C9D16B", "#6FC3C9", "#D9B48F"),
            *("#F0CF65", "#9CCB86", "#7FA8D1", "#E3A6C1", "#A9C7C4", "#CBB3E0", "#F4A77A", "#B5BFCC", "#88D1B5"),
        ],
    }
]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [
    {
        "id": "sklad_missing",
        "label": "Sklad: missing",
        "description": "",
        "isDiverging": False,
        "colors": ["#F3FAF6", "#FDF1D6", "#FBD9A0", "#F5B070", "#EA8257", "#DB5A48"],
    },
    {
        "id": "sklad_units",
        "label": "Sklad: units",
        "description": "",
        "isDiverging": False,
        "colors": ["#F4FAFB", "#D6EEF2", "#AEDDE5", "#7FC8D5", "#52B2C3"],
    },
    # On maps, where what has nothing is grey: little must not look like it.
    {
        "id": "sklad_places",
        "label": "Sklad: places",
        "description": "",
        "isDiverging": False,
        "colors": ["#A9DCE3", "#7CC6D2", "#4FAFC0", "#2F8FA3", "#1F6F82"],
    },
]

# --- pages ----------------------------------------------------------------------------------------------------------


def FLASK_APP_MUTATOR(app: Flask) -> None:
    """Our templates stand in for Superset's of the same name: head_custom_extra.html goes into each page."""
    ours = FileSystemLoader(Path(__file__).with_name("templates"))
    app.jinja_loader = ChoiceLoader([ours, app.jinja_loader])
    improve_questions()


# --- security -------------------------------------------------------------------------------------------------------
WTF_CSRF_ENABLED = True
# Airflow's is called `session` too, and cookies don't know ports: on 127.0.0.1 one log-in would end the other.
SESSION_COOKIE_NAME = "superset_session"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
# Pages may load from this server only. That also keeps out Superset's telemetry pixel and outside map tiles.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
        "frame-ancestors": ["'self'", *_EMBED_ORIGINS],
    },
    "content_security_policy_nonce_in": ["script-src"],
    # Plain HTTP on loopback. A TLS proxy in front redirects by itself.
    "force_https": False,
    "session_cookie_secure": False,
}

# Guests are readers of a dashboard that another site embeds; that site's server asks for their tokens.
GUEST_ROLE_NAME = "Embedded"
# A key of their own: the one that signs sessions must not sign what others hold.
GUEST_TOKEN_JWT_SECRET = hmac.new(SECRET_KEY.encode(), b"guest tokens", "sha256").hexdigest()

# --- requests that are refused before their body is read -------------------------------------------------------------


class _ReadToItsEnd:
    """Reads what a refusal has left of a request's body, before the answer goes out.

    Gunicorn 26.0.0 does so afterwards. If the client's next request is there by then, its beginning is read along and
    lies in a buffer, while Gunicorn waits at the socket for it until it closes the connection: 30 seconds of silence.
    """

    _MOST_BYTES = 1 << 20  # more, and Gunicorn closes the connection

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = self._application(environ, start_response)
        environ["wsgi.input"].read(self._MOST_BYTES)
        return answer


ADDITIONAL_MIDDLEWARE = [_ReadToItsEnd]

# --- logs -----------------------------------------------------------------------------------------------------------
_KEEPS_A_SECRET = re.compile("password|private_key|encrypted_extra", re.IGNORECASE)
_PASSWORD_IN_ADDRESS = re.compile(r"(://[^:/@\s]*:)[^/\s]*@")


def _without_secrets(told: Any) -> Any:  # noqa: ANN401 - whatever a request says
    if isinstance(told, dict):
        return {key: "***" if _KEEPS_A_SECRET.search(key) else _without_secrets(value) for key, value in told.items()}
    if isinstance(told, list):
        return [_without_secrets(each) for each in told]
    return _PASSWORD_IN_ADDRESS.sub(r"\1***@", told) if isinstance(told, str) else told


class _PeopleEventLogger(DBEventLogger):
    """Records what people do, not what refreshing dashboards do: 100,000 rows a day for each open page.

    Superset itself would record whole requests, with the passwords of connections that are made or imported.
    """

    _BY_MACHINES = frozenset(
        {
            *("ChartDataRestApi.data", "ChartDataRestApi.json_dumps", "_get_data_response", "log"),
            *("execute_sql", "load_into_dataframe", "QueryObject.post_processing"),
        }
    )

    def log(self, user_id: int | None, action: str, *args: object, **kwargs: object) -> None:
        """Keep the event in the metadata database unless a page's own refreshing made it."""
        if action not in self._BY_MACHINES:
            records = _without_secrets(kwargs.pop("records", []))
            super().log(user_id, action, *args, records=records, **kwargs)


EVENT_LOGGER = _PeopleEventLogger()
LOG_LEVEL = "INFO"
# The wheel lacks the picture of the waiting spinner, which Superset 6.1.0 would lament at each page.
logging.getLogger("superset.views.base").setLevel(logging.ERROR)
