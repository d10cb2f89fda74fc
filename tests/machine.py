"""The machine that tests run on: running its programs, installing what they take where that needs no asking."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SECONDS = 600


class NotInstalled(Exception):
    """A package could not be installed; the message says why."""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(
        command, capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
    )


def succeeds(*command: str) -> bool:
    """Whether a program is there and ends with 0."""
    try:
        return run(*command).returncode == 0
    except FileNotFoundError:
        return False


def install(package: str) -> None:
    """Install a Debian package, as root or by a sudo that asks for no password. Raises NotInstalled."""
    if not shutil.which("apt-get"):
        raise NotInstalled(f"{package} is not installed, and there is no apt-get to install it with")
    sudo = () if os.geteuid() == 0 else ("sudo", "-n")
    if sudo and not succeeds(*sudo, "true"):
        raise NotInstalled(f"{package} is not installed, and that needs root. Run: sudo apt-get install {package}")
    for arguments in (("update",), ("install", "-y", "--no-install-recommends", package)):
        done = run(*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments)
        if done.returncode != 0:
            raise NotInstalled(
                f"{package} is not installed, and `apt-get {' '.join(arguments)}` failed: {done.stderr.strip()[-500:]}"
            )


@contextmanager
def own_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """The folder on a small file system of its own, which can be filled. False: this process may not mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={megabytes}m,mode=0700"
    mounted = os.geteuid() == 0 and succeeds("/bin/mount", "-t", "tmpfs", "-o", options, "sklad-test", str(folder))
    try:
        yield mounted
    finally:
        if mounted:
            run("/bin/umount", "--lazy", str(folder))


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """The folder's file system is full meanwhile."""
    ballast = folder / "ballast"
    try:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 20))
        yield
    finally:
        ballast.unlink(missing_ok=True)
