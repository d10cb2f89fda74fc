"""Jars by lock file: a folder of kafka/jars/ names them with their sha256, jgo brings them, and each is checked here.

Imports nothing but the standard library and our errors, so that a container image can be built with it as well.
"""

import hashlib
import os
import shutil
import sys
import tomllib
from pathlib import Path

from sklad.embedded.children import run_child
from sklad.errors import InstallError


def bring(folder: Path, specification: Path) -> None:
    """Fill an empty folder with the jars that `specification`/jgo.lock.toml names, below jars/ and modules/.

    Raises:
        InstallError: jgo failed, or what it brought is not what the lock names.
    """
    lock = specification / "jgo.lock.toml"
    # jgo writes beside its input, so it works on copies; and it resolves anew, so what it brought is checked below.
    for name in ("jgo.toml", "jgo.lock.toml"):
        shutil.copy(specification / name, folder / name)
    repository = folder / "repository"
    call(
        [
            str(Path(sys.executable).with_name("jgo")),
            *("--ignore-config", "--color", "plain", "--resolver", "python", "--links", "hard", "--timeout", "60"),
            *("--cache-dir", str(folder), "--repo-cache", str(repository), "sync"),
        ],
        lock,
        folder,
    )
    _verify(folder, lock)
    shutil.rmtree(repository)


def files(folder: Path) -> list[Path]:
    """All jars that `bring` left in a folder."""
    return sorted([*(folder / "jars").glob("*.jar"), *(folder / "modules").glob("*.jar")])


def call(command: list[str], lock: Path, folder: Path) -> None:
    """Run an installer in `folder`. Raises InstallError with its last words if it fails."""
    environment = dict(os.environ)
    if "SSL_CERT_FILE" in environment:
        # Whoever names certificates of their own names them once: uv reads that variable, jgo's library another.
        environment.setdefault("REQUESTS_CA_BUNDLE", environment["SSL_CERT_FILE"])
    done = run_child(command, environment, folder)
    if done.returncode != 0:
        last_words = (done.stderr.strip() or done.stdout.strip())[-3000:]
        raise InstallError(
            f"could not install what {lock} names:\n{last_words}\n"
            "If this was the network, run the same command again: it goes on where it stopped."
        )


def _verify(folder: Path, lock: Path) -> None:
    """Every jar must be one that the lock names by its sha256, and none may be missing."""
    locked = {entry["sha256"]: entry["artifactId"] for entry in tomllib.loads(lock.read_text())["dependencies"]}
    found = {hashlib.sha256(jar.read_bytes()).hexdigest(): jar.name for jar in files(folder)}
    strange = [name for digest, name in found.items() if digest not in locked]
    missing = [name for digest, name in locked.items() if digest not in found]
    if strange or missing:
        raise InstallError(
            f"the jars in {folder} are not those of {lock}: not in the lock: {', '.join(strange) or 'none'}; "
            f"missing: {', '.join(missing) or 'none'}. Delete {folder} and start again."
        )
