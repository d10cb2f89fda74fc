"""Brings dashboards that were edited in Superset back into superset/assets and superset/queries.

Files that say the same already are not touched. The connection is never brought back: it holds an address and a
password.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sklad.errors import SkladError
from sklad.superset import tree
from sklad.superset.bundle import SUPERSET
from sklad.superset.client import SupersetClient
from sklad.superset.normal import Asset, chart_places, normal
from sklad.superset.queries import DETAIL, MOMENT, Query, detail_of

# Whose a dashboard is that has no file yet.
DEFAULT_PRODUCT = "stock"


@dataclass(frozen=True)
class Exported:
    """Assets of a Superset by their uuids, kind by kind."""

    datasets: dict[str, Asset] = field(default_factory=dict)
    charts: dict[str, Asset] = field(default_factory=dict)
    dashboards: dict[str, Asset] = field(default_factory=dict)

    @classmethod
    def read(cls, content: bytes) -> "Exported":
        """Of the zip that Superset's assets API sends."""
        found = cls()
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            for name in bundle.namelist():
                kind = name.split("/")[1] if name.count("/") > 1 else ""
                if kind in ("datasets", "charts", "dashboards"):
                    asset = yaml.safe_load(bundle.read(name))
                    getattr(found, kind)[str(asset["uuid"])] = asset
        return found


class Export:
    """One run: dashboards, the charts on them, the datasets of those. `changed`: files written or deleted."""

    def __init__(self, exported: Exported, folder: Path = SUPERSET) -> None:
        self._exported = exported
        self._folder = folder
        self._files = dict(self._files_by_uuid())
        self.changed: list[str] = []

    def run(self, slugs: list[str]) -> list[str]:
        """Bring back these dashboards, or (none named) all that have a file; returns what changed.

        Raises:
            SkladError: Superset has no dashboard of that slug.
        """
        for uuid in self._chosen(slugs):
            dashboard = self._exported.dashboards[uuid]
            product = self._files[uuid].parts[1] if uuid in self._files else DEFAULT_PRODUCT
            for chart in sorted(self._charts_on(dashboard)):
                self._bring("datasets", self._exported.charts[chart]["dataset_uuid"], product)
                self._bring("charts", chart, product)
            for dataset in sorted(_filtered_datasets(dashboard)):
                self._bring("datasets", dataset, product)
            self._bring("dashboards", uuid, product)
        self._drop_charts_on_no_dashboard()
        return self.changed

    def _chosen(self, slugs: list[str]) -> list[str]:
        by_slug = {asset["slug"]: uuid for uuid, asset in self._exported.dashboards.items() if asset["slug"]}
        if unknown := set(slugs) - by_slug.keys():
            raise SkladError(
                f"Superset has no dashboard with the slug {', '.join(sorted(unknown))}; it has: {', '.join(by_slug)}. "
                "A dashboard gets a slug in its properties."
            )
        if slugs:
            return [by_slug[slug] for slug in slugs]
        return [uuid for uuid, file in self._files.items() if file.parts[0] == "dashboards" if uuid in by_slug.values()]

    def _charts_on(self, dashboard: Asset) -> set[str]:
        return {place["uuid"] for place in chart_places(dashboard)} & self._exported.charts.keys()

    def _bring(self, kind: str, uuid: str, product: str) -> None:
        name = self._files.get(uuid) or Path(kind, product, f"new_{uuid[:8]}.yaml")
        file = self._folder / "assets" / name
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        before = tree.read(text) if text else None
        asset = normal(kind, getattr(self._exported, kind)[uuid], before)
        if kind == "datasets":
            self._write_query(asset, name)
            _order_as_in(before, asset)
        said = tree.read(text) if text else tree.read("{}\n")
        said.fa.set_block_style()
        tree.update(said, asset)
        for key in {DETAIL, MOMENT} - asset.keys():
            said.pop(key, None)
        # The very words stay where nothing is said anew.
        self._write(file, text if before is not None and said == before else tree.write(said))
        self._files[uuid] = name

    def _write_query(self, asset: Asset, name: Path) -> None:
        query = Query.of(asset.pop("sql"))
        if query.column:
            asset[DETAIL] = query.column
        if query.moment_column:
            asset[MOMENT] = query.moment_column
        file = self._folder / "queries" / name.relative_to("datasets").with_suffix(".sql")
        self._write(file, query.sql)
        if query.column:
            self._write(detail_of(file), query.detail)
        elif detail_of(file).exists():
            self._delete(detail_of(file), "one query answers all")

    def _drop_charts_on_no_dashboard(self) -> None:
        dashboards = [self._load(file) for file in self._files.values() if file.parts[0] == "dashboards"]
        placed = {place["uuid"] for dashboard in dashboards for place in chart_places(dashboard)}
        for uuid, name in list(self._files.items()):
            if name.parts[0] == "charts" and uuid not in placed:
                self._delete(self._folder / "assets" / name, "on no dashboard")

    def _write(self, file: Path, text: str) -> None:
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            self.changed.append(str(file.relative_to(self._folder)))

    def _delete(self, file: Path, why: str) -> None:
        file.unlink()
        self.changed.append(f"{file.relative_to(self._folder)} (deleted: {why})")

    def _files_by_uuid(self) -> Iterator[tuple[str, Path]]:
        assets = self._folder / "assets"
        for file in sorted(assets.rglob("*.yaml")):
            name = file.relative_to(assets)
            if name.parts[0] in ("datasets", "charts", "dashboards"):
                yield str(self._load(name)["uuid"]), name

    def _load(self, name: Path) -> Mapping[str, Any]:
        asset: Mapping[str, Any] = yaml.safe_load((self._folder / "assets" / name).read_text(encoding="utf-8"))
        return asset


def export(client: SupersetClient, slugs: list[str]) -> list[str]:
    """Files that changed. `client`: an administrator. Raises SkladError, ServiceError."""
    return Export(Exported.read(client.download("assets/export/"))).run(slugs)


def _filtered_datasets(dashboard: Asset) -> set[str]:
    filters = (dashboard.get("metadata") or {}).get("native_filter_configuration", [])
    return {target["datasetUuid"] for each in filters for target in each["targets"] if "datasetUuid" in target}


def _order_as_in(before: Mapping[str, Any] | None, asset: Asset) -> None:
    """Superset keeps no order of columns and metrics: that of the file holds, new ones follow."""
    for part, name in (("columns", "column_name"), ("metrics", "metric_name")):
        order = [item[name] for item in (before or {}).get(part, [])]
        places = {each: place for place, each in enumerate(order)}
        asset[part] = sorted(asset.get(part) or [], key=lambda item: (places.get(item[name], len(places)), item[name]))
