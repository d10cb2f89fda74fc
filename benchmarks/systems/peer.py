"""Any other path, run by whoever measures it: known by where its ClickHouse is, and a SELECT of the state."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from benchmarks.stack import Stack
from benchmarks.systems.system import System


class Peer(System):
    """From a JSON file: name, clickhouse (URL with user and password), state (a SELECT), and shell commands.

    `begin`, `pause`, `resume`, `end` are commands to run; what is left out is not measured. They find the WMS in the
    variable WMS_DSN, as the owner of its tables.
    """

    def __init__(self, stack: Stack, file: Path) -> None:
        super().__init__(stack)
        declared = json.loads(file.read_text())
        self.name = declared["name"]
        self.state = declared["state"]
        self._url = urlsplit(declared["clickhouse"])
        self._commands = {step: declared.get(step, "") for step in ("begin", "pause", "resume", "end")}

    def connect(self) -> Client:
        return clickhouse_connect.get_client(
            host=self._url.hostname or "127.0.0.1",
            port=self._url.port or 8123,
            username=unquote(self._url.username or "default"),
            password=unquote(self._url.password or ""),
            autogenerate_session_id=False,
        )

    def begin(self) -> None:
        self._run("begin")

    def pause(self) -> None:
        self._run("pause")

    def resume(self) -> None:
        self._run("resume")

    def end(self) -> None:
        self._run("end")

    def _run(self, step: str) -> None:
        settings = self.stack.pipeline.settings
        dsn = settings.wms_dsn(settings.wms_user, settings.wms_password)
        subprocess.run(["/bin/sh", "-c", self._commands[step]], check=True, env=os.environ | {"WMS_DSN": dsn})
