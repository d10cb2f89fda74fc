"""Connections of the engine that have become a user, and a pool of those that are free."""

import itertools
import threading
from collections import OrderedDict
from dataclasses import dataclass

from sklad.clickhouse_server.engine import Engine, Handle
from sklad.clickhouse_server.users import User

MAX_IDLE = 32
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Identity:
    """What a fresh connection is turned into. Connections of the same identity are interchangeable."""

    user: User
    database: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    readonly_method: bool = False


def quoted(value: str) -> str:
    """A string literal of ClickHouse's SQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def backquoted(name: str) -> str:
    """A quoted identifier of ClickHouse's SQL."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


class Connection:
    """One connection of the engine, acting as one user.

    `mark` is in the setting log_comment of everything it runs: it names the user in system.query_log and
    system.processes, where the engine itself only knows its own user, and finds the query to kill. What a session
    has pinned may have settings that are not in its identity.
    """

    def __init__(self, engine: Engine, identity: Identity, *, is_pinned: bool = False) -> None:
        self.identity = identity
        self.is_pinned = is_pinned
        self.handle: Handle = engine.connect()
        self.mark = f"user={identity.user.name} connection={next(_numbers)}"
        try:
            self._become(identity)
        except BaseException:
            self.handle.close()
            raise

    def set(self, settings: tuple[tuple[str, str], ...]) -> None:
        """Change settings, as far as the user's profile lets it."""
        if settings:
            self.handle.query("SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in settings))

    def use(self, database: str) -> None:
        """Change the current database."""
        if database:
            self.handle.query("USE " + backquoted(database))

    def close(self) -> None:
        """Give the connection back to the engine."""
        self.handle.close()

    def _become(self, identity: Identity) -> None:
        user = identity.user
        self.handle.query("SET ROLE " + ", ".join(map(backquoted, user.roles)))
        self.use(identity.database or user.database)
        # A profile's values have no effect by its name alone (the embedded client sends its own over them), its
        # constraints do. `readonly` comes last of the profile: nothing can be set after it.
        self.set((("log_comment", self.mark), *(item for item in user.settings if item[0] != "readonly")))
        self.handle.query(f"SET profile = {quoted(user.profile)}")
        if user.readonly:
            self.set((("readonly", str(user.readonly)),))
        self.set(identity.settings)
        if identity.readonly_method and not user.readonly:
            self.set((("readonly", "2"),))


class Pool:
    """Free connections, by identity. Only clean ones come back: no error, nothing left behind in them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._free: OrderedDict[Identity, list[Connection]] = OrderedDict()
        self._count = 0
        self._lock = threading.Lock()

    def take(self, identity: Identity) -> Connection:
        """A free connection of this identity, or a new one."""
        with self._lock:
            free = self._free.get(identity)
            if free:
                self._count -= 1
                connection = free.pop()
                if not free:
                    del self._free[identity]
                return connection
        return Connection(self._engine, identity)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for later; the one unused longest makes room."""
        surplus = None
        with self._lock:
            self._free.setdefault(connection.identity, []).append(connection)
            self._free.move_to_end(connection.identity)
            self._count += 1
            if self._count > MAX_IDLE:
                self._count -= 1
                identity, oldest = next(iter(self._free.items()))
                surplus = oldest.pop(0)
                if not oldest:
                    del self._free[identity]
        if surplus is not None:
            surplus.close()

    def close(self) -> None:
        """Close all free connections."""
        with self._lock:
            free, self._free, self._count = self._free, OrderedDict(), 0
        for connections in free.values():
            for connection in connections:
                connection.close()
