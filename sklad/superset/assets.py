"""Brings Superset's assets to what superset/assets/ declares, and removes those that have left it."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sklad.superset.bundle import CERTIFIED_BY, DATABASE, Bundle
from sklad.superset.client import SupersetClient


@dataclass(frozen=True)
class ImportReport:
    """What an import did. `counts`: assets by kind; `removed` and `kept`: names of what has left the bundle."""

    counts: Mapping[str, int]
    removed: list[str]
    kept: list[str]

    def __str__(self) -> str:
        told = [", ".join(f"{kind} {count}" for kind, count in self.counts.items())]
        told += [f"removed {', '.join(self.removed)}"] if self.removed else []
        told += [f"kept, since users' dashboards or charts need it: {', '.join(self.kept)}"] if self.kept else []
        return "; ".join(told)


def import_assets(client: SupersetClient, bundle: Bundle, bi_password: str) -> ImportReport:
    """Create or overwrite every asset of the bundle; remove those that an earlier bundle brought and this one hasn't.

    Args:
        client: an administrator of Superset.
        bundle: what build_bundle made.
        bi_password: password of the ClickHouse user `bi`.

    Raises:
        ServiceError: Superset refused or failed.
    """
    passwords = json.dumps({DATABASE: bi_password})
    file = ("sklad.zip", bundle.content, "application/zip")
    client.upload("assets/import/", file, {"passwords": passwords, "sparse": "false"})
    removed, kept = _remove_what_left(client, bundle.uuids)
    return ImportReport(bundle.counts, removed, kept)


def _remove_what_left(client: SupersetClient, wanted: Collection[str]) -> tuple[list[str], list[str]]:
    """Dashboards first, then charts that no dashboard shows any more, then datasets that no chart reads any more.

    What users made bears no mark of ours: not even their copies of our dashboards and charts do.
    """
    removed, kept = [], []
    for kind, name, _ in _left(client, "dashboard", ("dashboard_title", "certified_by"), wanted):
        client.delete(kind)
        removed.append(name)
    for kind, name, chart in _left(client, "chart", ("slice_name", "certified_by", "dashboards.id"), wanted):
        if chart["dashboards"]:
            kept.append(name)
            continue
        client.delete(kind)
        removed.append(name)
    for kind, name, _ in _left(client, "dataset", ("table_name", "extra"), wanted):
        if client.get(f"{kind}/related_objects")["charts"]["count"]:
            kept.append(name)
            continue
        client.delete(kind)
        removed.append(name)
    return removed, kept


def _left(
    client: SupersetClient, kind: str, columns: tuple[str, ...], wanted: Collection[str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, name, item) of what bears our mark and isn't wanted any more."""
    for item in client.listed(kind, ("id", "uuid", *columns)):
        if _mark(item) == CERTIFIED_BY and item["uuid"] not in wanted:
            yield f"{kind}/{item['id']}", item[columns[0]], item


def _mark(item: Mapping[str, Any]) -> str | None:
    if "extra" in item:  # a dataset
        found: str | None = json.loads(item["extra"] or "{}").get("certification", {}).get("certified_by")
        return found
    return item.get("certified_by")
