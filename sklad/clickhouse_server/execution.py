"""Running one query on a connection that is the right user, and writing its answer into the channel."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sklad.clickhouse_server import answer
from sklad.clickhouse_server.channel import Channel, ClientGone
from sklad.clickhouse_server.compression import packed_blocks
from sklad.clickhouse_server.connections import Connection, Identity, Pool
from sklad.clickhouse_server.engine import Engine
from sklad.clickhouse_server.errors import ClickHouseError, EngineError, as_clickhouse, body_of
from sklad.clickhouse_server.guard import Guard, Kind, check_settings
from sklad.clickhouse_server.protocol import Query
from sklad.clickhouse_server.results import STREAMABLE, output_format, results
from sklad.clickhouse_server.sessions import Sessions
from sklad.clickhouse_server.statements import first_word, keeps_state
from sklad.clickhouse_server.users import User

log = logging.getLogger(__name__)

EXIT_ENGINE_DIED = 3
_KILL_ALL = "KILL QUERY WHERE 1"
_KILL = "KILL QUERY WHERE Settings['log_comment'] = {mark:String}"


@dataclass
class _Running:
    """A query under way: the mark of its connection, whether it may be stopped half-way without harm, whether it is a
    KILL, and whether one has run beside it.
    """

    mark: str
    reads: bool
    kills: bool = False
    may_be_killed: bool = False
    ending: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Refuse to call complete what may not be: of a query that is killed as it ends, the engine says nothing.

        Raises:
            ClickHouseError: a KILL has run beside it.
        """
        if self.may_be_killed:
            raise ClickHouseError(
                "QUERY_WAS_CANCELLED",
                "KILL QUERY ran beside this query, and may have stopped it: an answer may be incomplete, of what it "
                "writes a part may be written. Run it again",
            )


def _leave_if_engine_died(error: ClickHouseError) -> None:
    """After a fatal error the engine refuses everything for ever; only a new process helps, which is not ours to start.

    What was acknowledged is on disk. An orderly close is no longer possible: it would wait for the dead parts.
    """
    if "shutting down due to a fatal error" in str(error):
        log.critical("the ClickHouse engine has died; leaving, so that a supervisor starts the server anew")
        os._exit(EXIT_ENGINE_DIED)


class Executor:
    """Runs queries. All methods may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._guard = Guard(engine)
        self._pool = Pool(engine)
        self._sessions = Sessions()
        self._running: dict[Channel, _Running] = {}

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
            _leave_if_engine_died(refused)
            if refused is not error and not isinstance(refused, EngineError):
                log.exception("a query of user %s failed in the server", user.name)
            self.refuse(refused, channel, headers)
        else:
            channel.finish()

    def refuse(self, error: ClickHouseError, channel: Channel, headers: dict[str, str]) -> None:
        """Answer with an error: as a status while the head is unsent, else in ClickHouse's mid-stream form."""
        body = body_of(error, self.engine.version)
        if not channel.started:
            channel.start(error.status, headers | answer.error_headers(error))
            with suppress(ClientGone):
                channel.write(body)
            channel.finish()
            return
        with suppress(ClientGone):
            channel.write(answer.late_error(body, headers))
        channel.finish(broken=True)

    def cancel(self, channel: Channel) -> None:
        """The client of this channel has gone: stop the query if it only reads. Blocks for a few milliseconds."""
        channel.leave()
        running = self._running.get(channel)
        if running is None or not running.reads:
            return
        with running.ending:  # so that the kill can't hit what the connection runs next
            if channel in self._running:
                self.engine.text(_KILL, mark=running.mark)

    def interrupt(self) -> None:
        """Stop everything that runs: the server is going down."""
        for channel in list(self._running):
            channel.leave()
        self.engine.text(_KILL_ALL)

    def close(self) -> None:
        """Close all connections; none may be in use."""
        self._sessions.close()
        self._pool.close()

    @contextmanager
    def _connection(self, user: User, query: Query) -> Iterator[Connection]:
        check_settings(query.settings, user)
        keeps = keeps_state(query.text)
        identity = Identity(user, query.database, query.settings)
        binds = query.insert is not None and bool(query.parameters)  # by SET, see _insert
        if query.session is None:
            with self._pooled(identity, reusable=not keeps and not binds) as connection:
                yield connection
            return
        with self._sessions.enter(user, query.session) as session:
            if keeps:
                session.pin(self.engine, query.database)
            if session.connection is not None:
                try:
                    yield session.adapt(query.database, query.settings)
                except BaseException:
                    session.settle()
                    raise
                return
            with self._pooled(identity, reusable=not binds) as connection:
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
        insert = query.insert
        inspected = query.text if insert is None else insert.statement + b" FORMAT " + insert.format.encode()
        kind = self._guard.check(connection, inspected)
        if query.readonly_method and kind is not Kind.READ and not keeps_state(query.text):
            raise ClickHouseError("READONLY", "Cannot execute this query: the method GET only reads. Use POST")
        form = output_format(query)
        headers |= answer.headers(form)
        streamed = kind is Kind.READ and form in STREAMABLE
        running = _Running(connection.mark, reads=kind is Kind.READ, kills=first_word(query.text) == b"KILL")
        with (
            self._cancellable(channel, running),
            results(connection.handle, query, streamed=streamed) as (result, chunks),
        ):
            if kind is not Kind.READ and insert is None:
                self.engine.definitions.keep()
            running.check()
            headers["X-ClickHouse-Summary"] = answer.summary(result)
            channel.start(200, headers)
            for chunk in packed_blocks(chunks) if query.compressed else chunks:
                channel.write(chunk)
            running.check()

    @contextmanager
    def _cancellable(self, channel: Channel, running: _Running) -> Iterator[None]:
        # First it is seen by others, then it looks for them: of a KILL and a query one always knows of the other.
        self._running[channel] = running
        others = [each for each in list(self._running.values()) if each is not running]
        if running.kills:
            for other in others:
                other.may_be_killed = True
        if any(other.kills for other in others):
            running.may_be_killed = True
        try:
            yield
        finally:
            with running.ending:
                del self._running[channel]
