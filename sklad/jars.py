"""Jars by lock file: a folder of kafka/jars/ names them with their SHA-256; each is fetched as it stands there.

Imports nothing but jgo, httpx and our errors, so that a container image can be built with it as well.
"""

import hashlib
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from sklad.errors import InstallError

DOWNLOADS = 8
CONNECT_TRIES = 5
TIMEOUT_SECONDS = 60


def bring(folder: Path, specification: Path) -> None:
    """Fill an empty folder with the jars that `specification`/jgo.lock.toml names.

    jgo's own `sync` resolves the whole tree anew, which takes minutes of CPU, to find what the lock says already.

    Raises:
        InstallError: a jar can't be fetched, or is not the one that the lock names.
    """
    lock = specification / "jgo.lock.toml"
    entries = tomllib.loads(lock.read_text())["dependencies"]
    # A name server that is asked eight times at once may leave one of them without an answer.
    transport = httpx.HTTPTransport(retries=CONNECT_TRIES)
    with (
        httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=True, transport=transport) as client,
        ThreadPoolExecutor(DOWNLOADS) as pool,
    ):
        fetching = [pool.submit(_fetch, client, entry, lock) for entry in entries]
        try:
            for entry, jar in zip(entries, fetching, strict=True):
                (folder / f"{entry['artifactId']}-{entry['version']}.jar").write_bytes(jar.result())
        finally:
            pool.shutdown(cancel_futures=True)


def files(folder: Path) -> list[Path]:
    """All jars that `bring` left in a folder."""
    return sorted(folder.glob("*.jar"))


def _fetch(client: httpx.Client, entry: dict[str, str], lock: Path) -> bytes:
    """A jar's content, checked."""
    # Imported here: the image of the one-shot jobs has no need of it.
    from jgo.maven import MavenContext  # noqa: PLC0415

    context = MavenContext()
    [repository] = context.remote_repos.values()
    component = context.project(entry["groupId"], entry["artifactId"]).at_version(entry["version"])
    address = f"{repository}/{component.path_prefix}/{component.artifact().filename}"
    try:
        answer = client.get(address)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise InstallError(
            f"{entry['artifactId']} {entry['version']}, named in {lock}, could not be fetched: {error}\n"
            "If this was the network, run the same command again."
        ) from error
    found = hashlib.sha256(answer.content).hexdigest()
    if found != entry["sha256"]:
        raise InstallError(
            f"{address} has the SHA-256 {found}, {lock} says {entry['sha256']}. Not installed. Run the same command "
            "again; if it stays so, what stands between here and the repository changes files."
        )
    return answer.content
