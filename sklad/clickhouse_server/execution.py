"""Running one query on a connection that is the right user, and writing its answer into the channel."""

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain

from sklad.clickhouse_server.channel import Channel, ClientGone
from sklad.clickhouse_server.compression import packed_blocks
from sklad.clickhouse_server.connections import Connection, Identity, Pool, quoted
from sklad.clickhouse_server.engine import Engine, Handle, Result
from sklad.clickhouse_server.errors import ClickHouseError, as_clickhouse, body_of
from sklad.clickhouse_server.guard import Guard, Kind, check_settings
from sklad.clickhouse_server.protocol import Query
from sklad.clickhouse_server.sessions import Sessions
from sklad.clickhouse_server.statements import STREAMABLE, explicit_format, is_select, keeps_state
from sklad.clickhouse_server.users import User

log = logging.getLogger(__name__)

_CONTENT_TYPES = {
    "JSON": "application/json; charset=UTF-8",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "Native": "application/octet-stream",
}
_KILL = "KILL QUERY WHERE Settings['log_comment'] = {mark:String}"


class Executor:
    """Runs queries. All methods may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._guard = Guard(engine)
        self._pool = Pool(engine)
        self._sessions = Sessions()
        self._reading: dict[Channel, str] = {}

    def run(self, query: Query, user: User, channel: Channel, headers: dict[str, str]) -> None:
        """Run a query to its end and write status, headers and body into the channel, whatever happens.

        Args:
            query: what to run.
            user: as whom.
            channel: where the answer goes.
            headers: response headers known so far; more are added.
        """
        try:
            with self._connection(user, query) as connection:
                self._answer(connection, query, channel, headers)
        except ClientGone:
            channel.finish(broken=True)
        except Exception as error:
            refused = as_clickhouse(error, user.name)
            if refused is not error and not isinstance(error, RuntimeError):
                log.exception("a query of user %s failed in the server", user.name)
            self.refuse(refused, channel, headers)
        else:
            channel.finish()
        finally:
            self._reading.pop(channel, None)

    def refuse(self, error: ClickHouseError, channel: Channel, headers: dict[str, str]) -> None:
        """Answer with an error: as a status while the head is unsent, else in ClickHouse's mid-stream form."""
        body = body_of(error, self.engine.version)
        if not channel.started:
            channel.start(error.status, headers | _error_headers(error))
            with suppress(ClientGone):
                channel.write(body)
            channel.finish()
            return
        tag = headers["X-ClickHouse-Exception-Tag"]
        with suppress(ClientGone):
            channel.write(
                f"\r\n__exception__\r\n{tag}\r\n".encode() + body + f"{len(body)} {tag}\r\n__exception__\r\n".encode()
            )
        channel.finish(broken=True)

    def cancel(self, channel: Channel) -> None:
        """The client of this channel has gone: stop the query if it only reads. Blocks for a few milliseconds."""
        channel.leave()
        mark = self._reading.get(channel)
        if mark is not None:
            self.engine.text(_KILL, mark=mark)

    def close(self) -> None:
        """Close all connections; none may be in use."""
        self._sessions.close()
        self._pool.close()

    @contextmanager
    def _connection(self, user: User, query: Query) -> Iterator[Connection]:
        check_settings(query.settings, user)
        keeps = keeps_state(query.text)
        identity = Identity(user, query.database, query.settings)
        if query.session is None:
            with self._pooled(identity, reusable=not keeps) as connection:
                yield connection
            return
        with self._sessions.enter(user, query.session) as session:
            if keeps:
                session.pin(self.engine, query.database)
            if session.connection is not None:
                yield session.adapt(query.database, query.settings)
                return
            with self._pooled(identity, reusable=True) as connection:
                yield connection

    @contextmanager
    def _pooled(self, identity: Identity, *, reusable: bool) -> Iterator[Connection]:
        connection = self._pool.take(identity)
        clean = False
        try:
            yield connection
            clean = reusable
        finally:
            if clean:
                self._pool.give_back(connection)
            else:
                connection.close()

    def _answer(self, connection: Connection, query: Query, channel: Channel, headers: dict[str, str]) -> None:
        handle, user = connection.handle, connection.identity.user
        insert = query.insert
        inspected = query.text if insert is None else insert.statement + b" FORMAT " + insert.format.encode()
        kind = self._guard.check(handle, inspected, user)
        if query.readonly_method and kind is not Kind.READ and not keeps_state(query.text):
            raise ClickHouseError("READONLY", "Cannot execute this query: the method GET only reads. Use POST")
        given = explicit_format(query.text) if insert is None else None
        form = given or query.format
        headers |= {
            "X-ClickHouse-Format": form,
            "Content-Type": _CONTENT_TYPES.get(form, "text/plain; charset=UTF-8"),
            "X-ClickHouse-Exception-Tag": secrets.token_hex(8),
        }
        if kind is Kind.READ:
            self._reading[channel] = connection.mark
        if insert is not None:
            result = _insert(handle, query)
            chunks: Iterator[bytes] = iter(())
        elif kind is Kind.READ and is_select(query.text) and form in STREAMABLE and not query.buffered:
            chunks = _stream(handle, query)
            chunks = chain([next(chunks, b"")], chunks)
            result = None
        else:
            result = handle.query(query.text, query.format, params=query.parameters)
            chunks = iter([result.bytes()])
        headers["X-ClickHouse-Summary"] = _summary(result)
        channel.start(200, headers)
        for chunk in packed_blocks(chunks) if query.compressed else chunks:
            if chunk:
                channel.write(chunk)


def _error_headers(error: ClickHouseError) -> dict[str, str]:
    return {"X-ClickHouse-Exception-Code": str(error.code), "Content-Type": "text/plain; charset=UTF-8"}


def _stream(handle: Handle, query: Query) -> Iterator[bytes]:
    stream = handle.send_query(query.text, query.format, params=query.parameters)
    finished = False
    try:
        while chunk := handle.streaming_fetch_result(stream).bytes():
            yield chunk
        finished = True
    finally:
        if not finished:
            with suppress(RuntimeError):  # an already failed stream says so again
                handle.streaming_cancel_query(stream)


def _insert(handle: Handle, query: Query) -> Result:
    head = query.insert
    if head is None:
        raise ValueError("not an INSERT with data")
    if query.parameters:
        handle.query("SET " + ", ".join(f"param_{name} = {quoted(value)}" for name, value in query.parameters.items()))
    insert = handle.send_insert(head.statement, head.format)
    try:
        for piece in query.data:
            if piece:
                handle.insert_append(insert, piece)
        return handle.insert_done(insert)
    except BaseException:
        with suppress(RuntimeError):
            handle.insert_cancel(insert)
        raise


def _summary(result: Result | None) -> str:
    """X-ClickHouse-Summary. Of a streamed answer nothing is known when its head is sent, so its numbers are zero."""
    numbers = dict.fromkeys(
        (
            "read_rows",
            "read_bytes",
            "written_rows",
            "written_bytes",
            "total_rows_to_read",
            "result_rows",
            "result_bytes",
        ),
        0,
    )
    elapsed = 0.0
    if result is not None:
        written = result.rows_written()
        numbers |= {
            "read_rows": result.storage_rows_read() or written,
            "read_bytes": result.storage_bytes_read() or result.bytes_written(),
            "written_rows": written,
            "written_bytes": result.bytes_written(),
            "result_rows": result.rows_read() or written,
            "result_bytes": result.bytes_read() or result.bytes_written(),
        }
        elapsed = result.elapsed()
    numbers["elapsed_ns"] = int(elapsed * 1e9)
    return json.dumps({name: str(value) for name, value in numbers.items()})
