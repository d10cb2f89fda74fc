"""Sessions: what SET, USE and temporary tables leave behind for the next request with the same session_id."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sklad.clickhouse_server import protocol
from sklad.clickhouse_server.connections import Connection, Identity, quoted
from sklad.clickhouse_server.engine import Engine
from sklad.clickhouse_server.errors import ClickHouseError
from sklad.clickhouse_server.users import User

Settings = tuple[tuple[str, str], ...]


class Session:
    """One session. It pins a connection of its own only once there is something to keep."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.connection: Connection | None = None
        self.lock = threading.Lock()
        self.expires = 0.0
        self._applied: Settings = ()
        self._before: Settings = ()

    def pin(self, engine: Engine, database: str) -> None:
        """Give the session its own connection, if it has none yet."""
        if self.connection is None:
            self.connection = Connection(engine, Identity(self.user, database), is_pinned=True)

    def adapt(self, database: str, settings: Settings) -> Connection:
        """The pinned connection, with a request's database and settings in force.

        A request's settings hold for that request: what the session had before comes back with the next request.
        """
        connection = self.connection
        if connection is None:
            raise RuntimeError("the session has no connection yet")
        connection.use(database)
        if settings != self._applied:
            connection.set(self._before)
            self._applied = self._before = ()
            before = tuple((name, _setting(connection, name)) for name, _ in settings)
            connection.set(settings)
            self._applied, self._before = settings, before
        return connection

    def settle(self) -> None:
        """After an error: the engine may hold a part of the failed answer, and would give it out with the next."""
        if self.connection is not None:
            self.connection.handle.query("SELECT 1", "Null")

    def close(self) -> None:
        """Drop what the session kept."""
        if self.connection is not None:
            self.connection.close()


def _setting(connection: Connection, name: str) -> str:
    query = f"SELECT toString(getSetting({quoted(name)}))"
    return connection.handle.query(query, "TabSeparatedRaw").bytes().decode().removesuffix("\n")


class Sessions:
    """All sessions, by user and id. One request at a time per session, as in ClickHouse."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str], Session] = {}
        self._lock = threading.Lock()

    @contextmanager
    def enter(self, user: User, wanted: protocol.Session) -> Iterator[Session]:
        """Find or begin a session and hold it for one request.

        Raises:
            ClickHouseError: it should exist and does not, or another request is using it.
        """
        with self._lock:
            self._drop_expired()
            key = (user.name, wanted.id)
            session = self._sessions.get(key)
            if session is None:
                if wanted.must_exist:
                    raise ClickHouseError("SESSION_NOT_FOUND", f"Session {wanted.id} not found; it may have expired")
                session = self._sessions[key] = Session(user)
            if not session.lock.acquire(blocking=False):
                raise ClickHouseError("SESSION_IS_LOCKED", f"Session {wanted.id} is locked by a concurrent client")
        try:
            yield session
        finally:
            session.expires = time.monotonic() + wanted.timeout
            session.lock.release()

    def _drop_expired(self) -> None:
        now = time.monotonic()
        for key, session in list(self._sessions.items()):
            if session.expires < now and session.lock.acquire(blocking=False):
                del self._sessions[key]
                session.close()

    def close(self) -> None:
        """Drop all sessions."""
        with self._lock:
            for session in self._sessions.values():
                session.close()
            self._sessions.clear()
