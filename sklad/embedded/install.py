"""Installing the engines: two Python environments, Kafka's jars, Debezium's plugin. All locked and checksummed.

Each is installed once per lock file: a stamp beside it holds the lock's digest and is written last, so that an
installation that was interrupted is simply done again.
"""

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from sklad import jars, plugins
from sklad.embedded.children import run_child
from sklad.embedded.layout import Layout
from sklad.embedded.lock import in_turn
from sklad.errors import InstallError
from sklad.settings import ROOT, Settings

KAFKA = ROOT / "kafka" / "jars" / "kafka"


def airflow(settings: Settings) -> None:
    """Install Airflow's environment into `tools/airflow`."""
    _python_environment(Layout.of(settings).tools / "airflow", ROOT / "airflow" / "requirements.lock")


def superset(settings: Settings) -> None:
    """Install Superset's environment into `tools/superset`."""
    _python_environment(Layout.of(settings).tools / "superset", ROOT / "superset" / "requirements.lock")


def kafka(settings: Settings) -> None:
    """Install the jars of broker, tools and Connect into `tools/kafka`."""
    _jars(Layout.of(settings).tools / "kafka", KAFKA)


def debezium(settings: Settings) -> None:
    """Install Debezium's PostgreSQL connector as the Connect plugin kafka/plugins/debezium-connector-postgres."""
    resolved = Layout.of(settings).tools / "debezium"
    lock = ROOT / "kafka" / "jars" / "debezium"
    _jars(resolved, lock)
    plugin = ROOT / "kafka" / "plugins" / plugins.DEBEZIUM
    once(plugin, made_of(lock), lambda folder: plugins.debezium(folder, resolved))


def once(target: Path, made_of: bytes, install: Callable[[Path], None]) -> None:
    """Run `install(target)` on an empty folder unless it was already run for these very ingredients and interpreter."""
    digest = hashlib.sha256(made_of + sys.version.encode()).hexdigest()
    stamp = target / ".installed"
    with in_turn(target):
        if stamp.exists() and stamp.read_text() == digest:
            return
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        install(target)
        stamp.write_text(digest)


def _python_environment(target: Path, lock: Path) -> None:
    def install(folder: Path) -> None:
        uv = Path(sys.executable).with_name("uv")
        _call([str(uv), "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)], lock)
        _call(
            # Compiled now: otherwise every start of every service would parse thousands of modules again.
            [
                str(uv), "pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes",
                "--python", str(folder / "bin" / "python"), str(lock),
            ],
            lock,
        )  # fmt: skip

    once(target, lock.read_bytes(), install)


def _jars(target: Path, specification: Path) -> None:
    once(target, made_of(specification), lambda folder: jars.bring(folder, specification))


def made_of(specification: Path) -> bytes:
    """The lock of some jars, and how they are laid out."""
    return (specification / "jgo.lock.toml").read_bytes() + Path(jars.__file__).read_bytes()


def _call(command: list[str], lock: Path) -> None:
    done = run_child(command)
    if done.returncode != 0:
        last_words = (done.stderr.strip() or done.stdout.strip())[-3000:]
        raise InstallError(
            f"could not install what {lock.relative_to(ROOT)} names:\n{last_words}\n"
            "If this was the network, run the same command again: it goes on where it stopped."
        )
