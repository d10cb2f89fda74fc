"""The services as supervisord's configuration: one file each, and a digest of all that decides how they run."""

import hashlib
import shutil
import sys
from pathlib import Path

from sklad.embedded import services
from sklad.embedded.layout import Layout
from sklad.settings import ROOT, Settings

# A broker with an unclean shutdown recovers at its next start; thirty seconds let all of them end cleanly.
STOP_SECONDS = 30
# What services read once, when they start: engines, configuration, and code of ours.
_READ_AT_START = (
    "*/requirements.lock",
    "requirements/*.lock",
    "kafka/jars/*/*.lock.toml",
    "kafka/*.properties",
    "embedded/*.conf",
    "embedded/kafka/*.xml",
    "embedded/clickhouse/*.xml",
    "embedded/clickhouse/users.d/*.xml",
    "clickhouse/config.d/*.xml",
    "clickhouse/users.d/*.xml",
    "sklad/clickhouse_server/*.py",
    "sklad/connect*.py",
    "sklad/embedded/*.py",
    "data_generator/*.py",
    "wms/*.conf",
    "airflow/airflow.env",
    "airflow/plugins/*.py",
    "superset/*.py",
    "superset/templates/*.html",
)
_STOP_SIGNALS = {"wms": "INT", "metadata": "INT"}  # PostgreSQL's fast shutdown: TERM would wait for its clients


def digest(settings: Settings) -> str:
    """What the services run with: settings, files that they read at start, this interpreter. A change restarts all."""
    found = hashlib.sha256(sys.executable.encode())
    for name, value in sorted(settings.as_environment().items()):
        found.update(f"{name}={value}\n".encode())
    for pattern in _READ_AT_START:
        for file in sorted(ROOT.glob(pattern)):
            found.update(file.read_bytes())
    return found.hexdigest()


def write(settings: Settings) -> None:
    """Write each service's file into `run/programs`, in the order of starting."""
    layout = Layout.of(settings)
    programs = layout.run / "programs"
    shutil.rmtree(programs, ignore_errors=True)
    for folder in (programs, layout.logs):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for priority, name in enumerate(services.names(settings), start=1):
        (programs / f"{name}.conf").write_text(_program(name, priority, layout.logs))


def _program(name: str, priority: int, logs: Path) -> str:
    # startretries: each try waits a second longer than the last. A neighbour that is down for minutes, or a disk
    # that is full for an hour, must not leave the service down for good.
    return f"""\
[program:{name}]
command = {sys.executable} -m sklad.embedded.run {name}
priority = {priority}
autostart = false
autorestart = true
startsecs = 2
startretries = 100
stopsignal = {_STOP_SIGNALS.get(name, "TERM")}
stopwaitsecs = {STOP_SECONDS}
stopasgroup = false
killasgroup = true
redirect_stderr = true
stdout_logfile = {logs}/{name}.log
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 2
"""
