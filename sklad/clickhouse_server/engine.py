"""The ClickHouse engine in this process: loading its extension, opening it on a data directory, closing it cleanly."""

import ctypes
import importlib.util
import os
import sys
import types
from pathlib import Path
from typing import Any, Protocol

from sklad.clickhouse_server.definitions import Definitions
from sklad.clickhouse_server.errors import ClickHouseServerError

_RTLD_DEEPBIND = 0x8  # the extension must resolve operator new to its own allocator, as chdb's own loader arranges


class Result(Protocol):
    """A finished query, or one chunk of a running one."""

    def bytes(self) -> bytes: ...
    def elapsed(self) -> float: ...
    def rows_read(self) -> int: ...
    def bytes_read(self) -> int: ...
    def storage_rows_read(self) -> int: ...
    def storage_bytes_read(self) -> int: ...
    def rows_written(self) -> int: ...
    def bytes_written(self) -> int: ...


class Handle(Protocol):
    """One connection of the engine, as the extension gives it. Statements on one connection run one after another."""

    def query(self, query: bytes | str, format: str = ..., *, params: dict[str, str] = ...) -> Result: ...
    def send_query(self, query: bytes | str, format: str = ..., *, params: dict[str, str] = ...) -> object: ...
    def streaming_fetch_result(self, stream: object) -> Result: ...
    def streaming_cancel_query(self, stream: object) -> None: ...
    def send_insert(self, query: bytes | str, format: str = ...) -> object: ...
    def insert_append(self, insert: object, data: bytes) -> None: ...
    def insert_done(self, insert: object) -> Result: ...
    def insert_cancel(self, insert: object) -> None: ...
    def classify_query(self, sql: bytes | str) -> dict[str, Any]: ...
    def close(self) -> None: ...


def _load_extension() -> Any:  # noqa: ANN401 - an extension module without stubs
    """Import chdb's extension module without running the package's own `__init__`.

    That one opens and closes a throw-away engine, and afterwards ENGINE=Kafka fails with "Shutdown was called".
    """
    if "chdb" in sys.modules:
        return sys.modules["chdb"]._chdb
    spec = importlib.util.find_spec("chdb")
    if spec is None or not spec.submodule_search_locations:
        raise ClickHouseServerError("The package chdb-core is not installed. Install requirements/sklad.lock.")
    folder = Path(spec.submodule_search_locations[0])
    package = types.ModuleType("chdb")
    package.__path__ = [str(folder)]
    sys.modules["chdb"] = package
    if sys.platform == "linux":
        ctypes.CDLL(str(folder / "_chdb.abi3.so"), mode=sys.getdlopenflags() | _RTLD_DEEPBIND)
    previous = Path.cwd()
    os.chdir(folder)  # the extension finds its interpreter bindings beside itself only from there
    try:
        return importlib.import_module("chdb._chdb")
    finally:
        os.chdir(previous)


class Engine:
    """An open engine. It owns its data directory until `close`.

    Args:
        data_dir: where databases live; created when missing.
        config: the engine's main configuration file; `config.d` and the users files are found beside it.

    Raises:
        ClickHouseServerError: another process has the directory, or a configuration file is unusable.
    """

    def __init__(self, data_dir: Path, config: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.definitions = Definitions(self.data_dir)
        self.definitions.mend()
        os.environ["TZ"] = "UTC"  # the engine takes its time zone from here only
        self._extension = _load_extension()
        try:
            self.root: Handle = self._extension.connect(f"{self.data_dir}?config-file={config.resolve()}")
        except RuntimeError as error:
            raise ClickHouseServerError(
                f"The ClickHouse engine can't open {self.data_dir} with {config}. Either another server has this data "
                "directory (stop it, or choose another --data-dir), or the configuration is wrong: the engine's own "
                f"message is above. ({error})"
            ) from error
        self.version = self.text("SELECT version()")
        self.timezone = self.text("SELECT timezone()")
        self.definitions.keep()

    def connect(self) -> Handle:
        """A further connection, as the engine's own user with all its roles. About 0.5 ms."""
        handle: Handle = self._extension.connect(str(self.data_dir))
        return handle

    def text(self, query: str, **parameters: str) -> str:
        """Run a query of the server's own and return its answer as tab-separated text without the last newline."""
        return self.root.query(query, "TabSeparatedRaw", params=parameters).bytes().decode().rstrip("\n")

    def close(self) -> None:
        """Stop merges and consumers, flush, and release the data directory. All other connections must be closed."""
        self.root.close()
