"""How a chart's question gets to ClickHouse: what Superset 6.1.0 does several times over is done once.

Nothing here changes an answer. Each function replaces a method of Superset, and names the version that it is for.
"""

import re
from collections.abc import Callable
from concurrent.futures import Future
from copy import deepcopy
from functools import lru_cache
from threading import Lock
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext

# Seconds; ClickHouse ends one of the user bi then (clickhouse/users.d).
_LONGEST_QUESTION = 60
_NO_ANSWER = re.compile("executing HTTP request attempt")


def improve_questions() -> None:
    """Once, when the application is there."""
    _take_the_schema_from_the_address()
    _keep_connections()
    _parse_each_text_once()
    _ask_once()
    _say_that_clickhouse_is_away()


class ClickHouseAwayError(Exception):
    """What a chart says while ClickHouse is away, instead of the driver's words; its next refresh asks again."""


def _away(error: object) -> ClickHouseAwayError | None:
    # CUSTOM_DATABASE_ERRORS are for SQL Lab: charts show the exception itself.
    if _NO_ANSWER.search(str(error)):
        return ClickHouseAwayError(
            "ClickHouse сейчас не отвечает. Дашборд покажет данные сам, как только он вернётся. "
            "(ClickHouse does not answer; the dashboard will show data by itself when it is back.)"
        )
    return None


def _say_that_clickhouse_is_away() -> None:
    """Whether a question finds it out, on a connection that was kept, or connecting does."""
    from superset.db_engine_specs.clickhouse import ClickHouseConnectEngineSpec  # noqa: PLC0415 - needs the application

    mapped = ClickHouseConnectEngineSpec.get_dbapi_mapped_exception

    def get_dbapi_mapped_exception(_: type, exception: Exception) -> Exception:
        error: Exception = _away(exception) or mapped(exception)
        return error

    def connecting(context: ExceptionContext) -> Exception | None:
        return _away(context.original_exception)

    ClickHouseConnectEngineSpec.get_dbapi_mapped_exception = classmethod(get_dbapi_mapped_exception)
    event.listen(Engine, "handle_error", connecting)


def _take_the_schema_from_the_address() -> None:
    """Superset 6.1.0 asks the database for its default schema twice for each chart, before it asks for the data: two
    connections more, and while ClickHouse is away an error page instead of a message.
    """
    from superset.db_engine_specs.clickhouse import ClickHouseConnectEngineSpec  # noqa: PLC0415 - needs the application

    def get_default_schema(_: type, database: Any, catalog: str | None) -> str | None:  # noqa: ANN401, ARG001
        schema: str | None = database.url_object.database
        return schema

    ClickHouseConnectEngineSpec.get_default_schema = classmethod(get_default_schema)


def _keep_connections() -> None:
    """Superset 6.1.0 connects anew for each question, and ClickHouse's driver then asks four of its own before it.

    Not in SQL Lab: what somebody sets there is his own, and lasts as long as his connection.
    """
    from superset.models.core import Database  # noqa: PLC0415 - needs the application
    from superset.utils.core import QuerySource, get_query_source_from_request  # noqa: PLC0415

    connect = Database._get_sqla_engine
    engines: dict[tuple[object, ...], Engine] = {}

    def get_sqla_engine(self: Any, **how: Any) -> Engine:  # noqa: ANN401 - Superset's own
        source = how.get("source") or get_query_source_from_request()
        if self.backend != "clickhousedb" or source == QuerySource.SQL_LAB:
            return connect(self, **how)
        # All that a connection is made of: after a change it is another.
        uri = how.get("sqlalchemy_uri") or self.sqlalchemy_uri_decrypted
        key = (uri, how.get("catalog"), how.get("schema"), self.extra, self.encrypted_extra)
        if key not in engines:
            engines[key] = connect(self, **how | {"nullpool": False})
        return engines[key]

    Database._get_sqla_engine = get_sqla_engine


def _parse_each_text_once() -> None:
    """Superset 6.1.0 parses a chart's SQL four times for each question, which takes half of its time. Texts come back
    at each refresh; a copy of what was understood takes a quarter of parsing.
    """
    from superset.sql.parse import SQLStatement  # noqa: PLC0415 - needs the application

    understood = lru_cache(maxsize=512)(SQLStatement._parse)

    def parse(_: type, script: str, engine: str) -> list[Any]:
        # Whoever asked may change what he gets.
        return [statement and statement.copy() for statement in understood(script, engine)]

    SQLStatement._parse = classmethod(parse)


class UnderWay:
    """Questions that are being answered, by their key."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._answers: dict[str, Future[Any]] = {}
        self._guard = Lock()

    def share(self, key: str, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is asked for
        """A copy of the answer to the same question, if somebody is asking it just now; else what `ask` finds.

        Whoever waits in vain, for longer than patience (seconds) or for an answer that failed, asks by himself.
        """
        with self._guard:
            first = self._answers.get(key)
            if not first:
                own = self._answers[key] = Future()
        if first:
            try:
                return deepcopy(first.result(self._patience))
            except Exception:  # it is whose question it was that is told
                return ask()
        try:
            answer = ask()
            # Whoever asked may change what he gets.
            own.set_result(deepcopy(answer))
        except BaseException as error:
            own.set_exception(error)
            raise
        finally:
            with self._guard:
                del self._answers[key]
        return answer


def _ask_once() -> None:
    """Viewers of one dashboard ask the same within moments. Superset 6.1.0 asks ClickHouse for each of them that comes
    before the first answer is in its cache; here they wait for that answer.
    """
    from superset.common.query_context_processor import QueryContextProcessor  # noqa: PLC0415 - needs the application

    answer, make_key = QueryContextProcessor.get_query_result, QueryContextProcessor.query_cache_key
    under_way = UnderWay(patience=_LONGEST_QUESTION)

    def query_cache_key(self: Any, query_obj: Any, **more: Any) -> str | None:  # noqa: ANN401 - Superset's own
        # Rules by region are part of it, and a tenth of a question's cost: it is made once, to look into the cache.
        key: str | None = make_key(self, query_obj, **more)
        self.sklad_key = (query_obj, key)
        return key

    def get_query_result(self: Any, query_object: Any) -> Any:  # noqa: ANN401 - Superset's own
        looked_for, key = getattr(self, "sklad_key", (None, None))
        if self._query_context.force or not key or looked_for is not query_object:
            return answer(self, query_object)
        return under_way.share(key, lambda: answer(self, query_object))

    QueryContextProcessor.query_cache_key = query_cache_key
    QueryContextProcessor.get_query_result = get_query_result
