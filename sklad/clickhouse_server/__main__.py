"""The command: python -m sklad.clickhouse_server --help."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from sklad.clickhouse_server.app import Application
from sklad.clickhouse_server.configuration import check_environment
from sklad.clickhouse_server.connections import backquoted
from sklad.clickhouse_server.engine import Engine
from sklad.clickhouse_server.errors import ClickHouseServerError
from sklad.clickhouse_server.execution import Executor
from sklad.clickhouse_server.users import Users

log = logging.getLogger("sklad.clickhouse_server")

EXAMPLE = """example:
  python -m sklad.clickhouse_server --port 8123 --data-dir .sklad/state/clickhouse \\
      --config embedded/clickhouse/config.xml --users clickhouse/users.d/sklad.xml

The users' passwords and the secrets of named collections come from the environment; the files name the variables.
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sklad.clickhouse_server",
        description="ClickHouse's HTTP interface over the ClickHouse engine in this process.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8123, help="port to listen on (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, required=True, help="where the databases live; one server at a time")
    parser.add_argument("--config", type=Path, required=True, help="the engine's configuration file")
    parser.add_argument("--users", type=Path, required=True, help="the users file, in ClickHouse's format")
    parser.add_argument("--max-body-mb", type=int, default=256, help="largest request body, MB (default: %(default)s)")
    return parser.parse_args()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by every connection. Without it a small answer waits 40 ms for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise ClickHouseServerError(
            f"Can't listen on {host}:{port}: {os.strerror(error.errno or 0)}. Stop what is using the port, or choose "
            "another one with --port (CLICKHOUSE_PORT in .env)."
        ) from error
    return listener


def _serve(options: argparse.Namespace) -> None:
    listener = _listen(options.host, options.port)
    engine = Engine(options.data_dir, options.config)
    try:
        users = Users(options.users, engine)
        for database in sorted(users.databases()):
            engine.text(f"CREATE DATABASE IF NOT EXISTS {backquoted(database)}")
        application = Application(Executor(engine), users, options.max_body_mb << 20)
        # Logs of uvicorn are off below: it would print a line for each answer that is cut on purpose.
        config = uvicorn.Config(
            application,
            loop="uvloop",
            http="httptools",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=600,
            timeout_graceful_shutdown=2,
        )
        # uvicorn raises the signal that stopped it once more when it is done: by then it must not end the process,
        # since the engine still has to close.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        for noisy in ("uvicorn.error", "asyncio"):
            logging.getLogger(noisy).setLevel(logging.CRITICAL)
        log.info("ClickHouse %s is ready on http://%s:%s", engine.version, options.host, listener.getsockname()[1])
        try:
            asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
        finally:
            application.close()
    finally:
        engine.close()
        log.info("ClickHouse has stopped")


def main() -> int:
    """Run the server until SIGTERM or SIGINT; 0 after a clean stop, 1 when it can't start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    options = _arguments()
    try:
        check_environment(options.config, options.users)
        _serve(options)
    except ClickHouseServerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
