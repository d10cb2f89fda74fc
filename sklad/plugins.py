"""Kafka Connect's plugins, one folder each. As a command it fills the plugin folder of the Connect image:

python -m sklad.plugins FOLDER      CLICKHOUSE_SINK_URL and CLICKHOUSE_SINK_SHA256 come from the environment
"""

import hashlib
import io
import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from sklad import jars
from sklad.errors import InstallError, SkladError

KAFKA = Path(__file__).resolve().parents[1] / "kafka"
DEBEZIUM = "debezium-connector-postgres"
CLICKHOUSE_SINK = "clickhouse-kafka-connect"
# Debezium's resolution lists these too, but the Connect worker brings its own, and two copies of an interface clash.
_PROVIDED_BY_CONNECT = ("connect-api", "kafka-clients", "slf4j-api")
_SECONDS = 120
SINK_IS_MISSING = (
    "SINK=connect needs ClickHouse's sink. kafka/plugins/README.md says how to get it; or set SINK=ingest in .env."
)


def debezium(plugin: Path, resolved: Path) -> None:
    """Fill the empty folder `plugin` with Debezium's PostgreSQL connector, from the jars that `resolved` holds."""
    for jar in jars.files(resolved):
        if not jar.name.startswith(_PROVIDED_BY_CONNECT):
            shutil.copy(jar, plugin)


def clickhouse_sink(plugin: Path, url: str, sha256: str) -> None:
    """Fill the empty folder `plugin` with ClickHouse's sink, from its publisher's zip.

    Args:
        plugin: where its jars go.
        url: the zip of a release.
        sha256: its digest as the publisher gives it; empty: not checked.

    Raises:
        InstallError: it can't be fetched, is another file than was meant, or holds no jar.
    """
    if not url.startswith("https://"):
        raise InstallError(f"CLICKHOUSE_SINK_URL={url} is no https address. Mend it in .env.")
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - https, as checked above
            content = answer.read()
    except (urllib.error.URLError, OSError) as error:
        raise InstallError(
            f"ClickHouse's sink could not be fetched from {url}: {error}. Try again, or put its jars into "
            f"kafka/plugins/{CLICKHOUSE_SINK}/ and set CLICKHOUSE_SINK_URL= (empty) in .env."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if sha256 and found != sha256.lower():
        raise InstallError(
            f"{url} has the SHA-256 {found}, CLICKHOUSE_SINK_SHA256 in .env says {sha256}. Not installed."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if name.endswith(".jar")]
            for name in names:
                (plugin / Path(name).name).write_bytes(archive.read(name))
    except zipfile.BadZipFile as error:
        raise InstallError(f"{url} is no zip: {error}. Mend CLICKHOUSE_SINK_URL in .env.") from error
    if not names:
        raise InstallError(f"{url} holds no jar. Mend CLICKHOUSE_SINK_URL in .env.")


def fill(folder: Path) -> None:
    """Put all plugins into a folder; one that lies in kafka/plugins/ by hand is taken as it is."""
    shutil.copytree(KAFKA / "plugins", folder, ignore=shutil.ignore_patterns("README.md", ".*"))
    with tempfile.TemporaryDirectory() as resolved:
        jars.bring(Path(resolved), KAFKA / "jars" / "debezium")
        shutil.rmtree(folder / DEBEZIUM, ignore_errors=True)  # may be an older one of the embedded runtime
        (folder / DEBEZIUM).mkdir()
        debezium(folder / DEBEZIUM, Path(resolved))
    url = os.environ.get("CLICKHOUSE_SINK_URL", "")
    if (folder / CLICKHOUSE_SINK).exists():
        print(f"{CLICKHOUSE_SINK}: taken from kafka/plugins/")
    elif url:
        (folder / CLICKHOUSE_SINK).mkdir()
        clickhouse_sink(folder / CLICKHOUSE_SINK, url, os.environ.get("CLICKHOUSE_SINK_SHA256", ""))
    else:
        print(f"{CLICKHOUSE_SINK}: left out, since CLICKHOUSE_SINK_URL is empty: SINK=connect won't work")


if __name__ == "__main__":
    try:
        fill(Path(sys.argv[1]))
    except SkladError as error:
        sys.exit(f"sklad.plugins: {error}")
