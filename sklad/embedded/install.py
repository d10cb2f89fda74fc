"""Installing the engines: two Python environments, Kafka's jars, Debezium's plugin. All locked and checksummed.

Each is installed once per lock file: a stamp beside it holds the lock's digest and is written last, so that an
installation that was interrupted is simply done again.
"""

import hashlib
import os
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from sklad.embedded.children import run_child
from sklad.embedded.layout import Layout
from sklad.embedded.lock import in_turn
from sklad.errors import InstallError
from sklad.settings import ROOT, Settings

# Debezium's resolution lists these too, but the Connect worker brings its own, and two copies of an interface clash.
_PROVIDED_BY_CONNECT = ("connect-api", "kafka-clients", "slf4j-api")


def airflow(settings: Settings) -> None:
    """Install Airflow's environment into `tools/airflow`."""
    _python_environment(Layout.of(settings).tools / "airflow", ROOT / "airflow" / "requirements.lock")


def superset(settings: Settings) -> None:
    """Install Superset's environment into `tools/superset`."""
    _python_environment(Layout.of(settings).tools / "superset", ROOT / "superset" / "requirements.lock")


def kafka(settings: Settings) -> None:
    """Install the jars of broker, tools and Connect into `tools/kafka`."""
    _jars(Layout.of(settings).tools / "kafka", ROOT / "kafka" / "jars" / "kafka")


def debezium(settings: Settings) -> None:
    """Install Debezium's PostgreSQL connector as the Connect plugin kafka/plugins/debezium-connector-postgres."""
    resolved = Layout.of(settings).tools / "debezium"
    lock = ROOT / "kafka" / "jars" / "debezium"
    _jars(resolved, lock)

    def copy(plugin: Path) -> None:
        for jar in _jar_files(resolved):
            if not jar.name.startswith(_PROVIDED_BY_CONNECT):
                shutil.copy(jar, plugin)

    _once(ROOT / "kafka" / "plugins" / "debezium-connector-postgres", lock / "jgo.lock.toml", copy)


def _once(target: Path, lock: Path, install: Callable[[Path], None]) -> None:
    """Run `install(target)` on an empty folder unless it was already run for this very lock file and interpreter."""
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
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

    _once(target, lock, install)


def _jars(target: Path, specification: Path) -> None:
    def install(folder: Path) -> None:
        # jgo writes beside its input, so it works on copies; and it resolves anew, so what it brought is checked below.
        for name in ("jgo.toml", "jgo.lock.toml"):
            shutil.copy(specification / name, folder / name)
        jgo = Path(sys.executable).with_name("jgo")
        repository = folder / "repository"
        _call(
            [
                str(jgo), "--ignore-config", "--color", "plain", "--resolver", "python", "--links", "hard", "--timeout",
                "60", "--cache-dir", str(folder), "--repo-cache", str(repository), "sync",
            ],
            specification / "jgo.lock.toml",
            folder=folder,
        )  # fmt: skip
        _verify(folder, specification / "jgo.lock.toml")
        shutil.rmtree(repository)

    _once(target, specification / "jgo.lock.toml", install)


def _jar_files(folder: Path) -> list[Path]:
    return sorted([*(folder / "jars").glob("*.jar"), *(folder / "modules").glob("*.jar")])


def _verify(folder: Path, lock: Path) -> None:
    """Every jar must be one that the lock names by its sha256, and none may be missing."""
    locked = {entry["sha256"]: entry["artifactId"] for entry in tomllib.loads(lock.read_text())["dependencies"]}
    found = {hashlib.sha256(jar.read_bytes()).hexdigest(): jar.name for jar in _jar_files(folder)}
    strange = [name for digest, name in found.items() if digest not in locked]
    missing = [name for digest, name in locked.items() if digest not in found]
    if strange or missing:
        raise InstallError(
            f"the jars in {folder} are not those of {lock}: not in the lock: {', '.join(strange) or 'none'}; "
            f"missing: {', '.join(missing) or 'none'}. Delete {folder} and run `make up` again."
        )


def _call(command: list[str], lock: Path, folder: Path = ROOT) -> None:
    environment = dict(os.environ)
    if "SSL_CERT_FILE" in environment:
        # Whoever names certificates of their own names them once: uv reads that variable, jgo's library another.
        environment.setdefault("REQUESTS_CA_BUNDLE", environment["SSL_CERT_FILE"])
    done = run_child(command, environment, folder)
    if done.returncode != 0:
        last_words = (done.stderr.strip() or done.stdout.strip())[-3000:]
        raise InstallError(
            f"could not install what {lock.relative_to(ROOT)} names:\n{last_words}\n"
            "If this was the network, run the same command again: it goes on where it stopped."
        )
