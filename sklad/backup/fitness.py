"""Whether a backup is for this stack: nothing in it may be newer than what would read it, nor lack a place to go to."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from sklad import products
from sklad.backup import clickhouse, postgres
from sklad.backup.manifest import Manifest
from sklad.embedded.postgres import administrator_connection
from sklad.errors import BackupError
from sklad.products import Product
from sklad.settings import ROOT, Settings

_LOCKS = {"airflow": "apache-airflow", "superset": "apache-superset"}


def engines(settings: Settings) -> dict[str, str]:
    """The versions of the engines that data are written by."""
    return {
        "clickhouse": clickhouse.version(settings),
        "postgresql": postgres.version(settings),
        **{name: _locked(name, package) for name, package in _LOCKS.items()},
    }


def refuse_unfit(manifest: Manifest, settings: Settings) -> None:
    """Raises BackupError that names all that keeps the backup from being restored here."""
    here = engines(settings)
    problems = [
        *(_newer(name, version, here[name]) for name, version in manifest.engines.items()),
        *(problem for name, ran in manifest.migrations.items() for problem in _schema(name, ran)),
        *_left_out(manifest, settings),
        *_source(manifest, settings),
    ]
    if found := [problem for problem in problems if problem]:
        listed = "\n".join(f"  - {text}" for text in found)
        raise BackupError(f"the backup can't be restored here:\n{listed}\nNothing was restored.")


def refuse_history(settings: Settings) -> None:
    """Raises BackupError: the stack has something of its own that a restore would overwrite."""
    found = [f"{count:,} {what}" for what, count in _history(settings) if count]
    if found:
        raise BackupError(
            f"this stack has a history of its own: {', '.join(found)}. Restore into one that has none (LIVE_RATE=0 "
            "make up, in an empty STATE_DIR), or overwrite this one for good with --replace. Nothing was restored."
        )


def _history(settings: Settings) -> Iterator[tuple[str, int]]:
    for product in products.selected(settings):
        yield f"changes in ClickHouse's {product.database}", clickhouse.changes(settings, product)
    yield "charts, dashboards and users that people made in Superset", _made_in_superset(settings)


def _made_in_superset(settings: Settings) -> int:
    """What is in Superset beside the project's own."""
    files = (ROOT / "superset" / "assets").rglob("*.yaml")
    ours = [uuid for file in files for uuid in re.findall(r"^uuid: (\S+)", file.read_text(), re.MULTILINE)]
    query = (ROOT / "superset" / "restore" / "history.sql").read_text()
    with administrator_connection(settings, "metadata", "superset") as superset:
        row = superset.execute(query.encode(), {"ours": ours, "administrator": settings.superset_user}).fetchall()[0]
    return int(row[0])


def _newer(name: str, version: str, here: str) -> str:
    """An engine's data are read by its own and later versions; what a minor one changes, it changes back by itself."""
    if _number(name, version) <= _number(name, here):
        return ""
    return f"it was made with {name} {version}, here is {here}, which can't read what a newer one wrote: update first"


def _number(name: str, version: str) -> tuple[int, ...]:
    parts = tuple(int(part) for part in re.findall(r"\d+", version))
    return parts[:1] if name == "postgresql" else parts[:2]


def _schema(name: str, ran: dict[int, str]) -> Iterator[str]:
    folder = ROOT / "clickhouse" / name / "migrations"
    known = {int(file.name[:4]): file for file in folder.glob("*.sql")}
    if unknown := sorted(ran.keys() - known.keys()):
        yield (
            f"its schema of {name} is newer than this Sklad's, which lacks the migrations "
            f"{', '.join(f'{number:04}' for number in unknown)}: update first (git pull, make up)"
        )
    for number in sorted(ran.keys() & known.keys()):
        if ran[number] != _md5(known[number]):
            yield f"it was made with another {known[number].relative_to(ROOT)}: put the file back as it was"


def _left_out(manifest: Manifest, settings: Settings) -> Iterator[str]:
    if absent := sorted(manifest.migrations.keys() - set(settings.product_names)):
        yield f"it has {', '.join(absent)}, which PRODUCTS={settings.products} leaves out: add it, then make up"


def _source(manifest: Manifest, settings: Settings) -> Iterator[str]:
    if not has_stream(manifest):
        return
    if manifest.wms_lsn is None and not settings.wms_external:
        yield "it is of an external WMS, this stack has the demo's: set WMS_EXTERNAL=true and the like, then make up"
    if manifest.wms_lsn is not None and settings.wms_external:
        yield "it has a WMS of its own, this stack captures another one: set WMS_EXTERNAL=false, then make up"


def has_stream(manifest: Manifest) -> bool:
    """Whether it is of a stack that captured a WMS."""
    return "stock" in manifest.migrations


def restored(manifest: Manifest, settings: Settings) -> list[Product]:
    """The products whose data the backup has."""
    return [product for product in products.selected(settings) if product.name in manifest.migrations]


def _locked(name: str, package: str) -> str:
    found = re.search(rf"^{package}==(\S+)", (ROOT / name / "requirements.lock").read_text(), re.MULTILINE)
    return found[1] if found else "unknown"


def _md5(file: Path) -> str:
    """As clickhouse-migrations notes it."""
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
