"""Superset's REST API: importing the project's assets, and asking for a dataset's figures as a chart does."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from sklad.errors import ServiceError
from sklad.superset.bundle import DATABASE, build_bundle

UNAUTHORIZED = 401
_MAX_DATASETS = 100


@dataclass(frozen=True)
class ImportReport:
    """What an import brought in: assets by kind, and how long it took."""

    counts: Mapping[str, int]
    seconds: float

    def __str__(self) -> str:
        return ", ".join(f"{kind} {count}" for kind, count in self.counts.items())


class SupersetClient:
    """Talks to one Superset as one user. Use it as a context manager; it logs in on entry.

    Raises:
        ServiceError: (any method) Superset refused or failed; the message carries its reason.
        httpx.HTTPError: (any method) it can't be reached.
    """

    def __init__(self, base_url: str, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._http = httpx.Client(base_url=base_url, timeout=120)

    def __enter__(self) -> Self:
        self._log_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def import_bundle(self, content: bytes, passwords: Mapping[str, str]) -> None:
        """Create or overwrite every asset of a bundle; what has left it stays. `passwords`: by database file."""
        answer = self._http.post(
            "/api/v1/assets/import/",
            files={"bundle": ("sklad.zip", content, "application/zip")},
            data={"passwords": json.dumps(dict(passwords)), "sparse": "false"},
        )
        _checked(answer, "importing the assets")

    def query(
        self,
        dataset: str,
        metrics: Sequence[str] = (),
        columns: Sequence[str] = (),
        filters: Mapping[str, Sequence[str | int]] | None = None,
        row_limit: int = 1000,
    ) -> list[dict[str, Any]]:
        """Rows of a dataset, past all caches, by the very request that a chart on a dashboard sends.

        Args:
            dataset: its name in Superset, for example bi_stock_full.
            metrics: names of metrics that the dataset defines. None: the columns' plain rows.
            columns: columns to group by, or to show.
            filters: allowed values by column, as the dashboard's filters send them.
            row_limit: at most this many rows.
        """
        request = {
            "datasource": {"id": self._dataset_id(dataset), "type": "table"},
            "force": True,
            "result_format": "json",
            "result_type": "full",
            "queries": [
                {
                    "columns": list(columns),
                    "metrics": list(metrics) or None,
                    "filters": [{"col": column, "op": "IN", "val": list(v)} for column, v in (filters or {}).items()],
                    "orderby": [],
                    "row_limit": row_limit,
                }
            ],
        }
        answer = _checked(self._http.post("/api/v1/chart/data", json=request), f"querying dataset {dataset}")
        rows: list[dict[str, Any]] = answer["result"][0]["data"]
        return rows

    def _dataset_id(self, name: str) -> int:
        parameters = {"q": f"(columns:!(id,table_name),page_size:{_MAX_DATASETS})"}
        answer = _checked(self._http.get("/api/v1/dataset/", params=parameters), "listing the datasets")
        ids: dict[str, int] = {row["table_name"]: row["id"] for row in answer["result"]}
        if name not in ids:
            raise ServiceError(
                f"Superset has no dataset {name}; it has: {', '.join(sorted(ids))}. Were the assets imported?"
            )
        return ids[name]

    def _log_in(self) -> None:
        login = {"username": self._user, "password": self._password, "provider": "db", "refresh": False}
        answer = self._http.post("/api/v1/security/login", json=login)
        if answer.status_code == UNAUTHORIZED:
            raise ServiceError(
                f"Superset at {self._http.base_url} refuses user {self._user}: its password is not SUPERSET_PASSWORD. "
                "superset/bootstrap.py sets it at each start: start Superset again."
            )
        token = _checked(answer, "logging in to Superset")["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        # Writing takes all three in one session: the token, a CSRF token with its cookie, and a Referer.
        csrf = _checked(self._http.get("/api/v1/security/csrf_token/"), "asking Superset for a CSRF token")
        self._http.headers.update({"X-CSRFToken": csrf["result"], "Referer": str(self._http.base_url)})


def import_assets(
    base_url: str, user: str, password: str, *, clickhouse_host: str, clickhouse_port: int, bi_password: str
) -> ImportReport:
    """Bring Superset's connection, datasets, charts and dashboards to what superset/ declares. Safe to repeat.

    Args:
        base_url: Superset's address, as http://127.0.0.1:8088.
        user, password: an administrator of Superset.
        clickhouse_host, clickhouse_port: ClickHouse's HTTP address as Superset's own process sees it.
        bi_password: password of the ClickHouse user `bi`.

    Raises:
        SkladError: an asset is broken; the message names its file.
        ServiceError: Superset refused or failed.
    """
    started = time.monotonic()
    bundle = build_bundle(clickhouse_host, clickhouse_port)
    try:
        with SupersetClient(base_url, user, password) as client:
            client.import_bundle(bundle.content, {DATABASE: bi_password})
    except httpx.HTTPError as error:
        raise ServiceError(f"Superset at {base_url} can't be reached: {error}. Does it run? (make status)") from error
    return ImportReport(bundle.counts, time.monotonic() - started)


def _checked(answer: httpx.Response, doing: str) -> dict[str, Any]:
    """The answer's JSON. Raises ServiceError, with Superset's reason, when it is a failure."""
    if answer.is_success:
        body: dict[str, Any] = answer.json()
        return body
    raise ServiceError(f"{doing} failed: Superset answered {answer.status_code}: {_reason(answer)}")


def _reason(answer: httpx.Response) -> str:
    """Superset's own words: a `message`, or a list of `errors` with details below `extra`."""
    try:
        body = answer.json()
    except ValueError:  # an HTML page for people: it says that something went wrong, and no more
        return "without a reason. Its log has it: make logs s=superset"
    if errors := body.get("errors"):
        return json.dumps(
            [
                {"message": e.get("message"), **{k: v for k, v in (e.get("extra") or {}).items() if k != "issue_codes"}}
                for e in errors
            ],
            ensure_ascii=False,
        )[:3000]
    return json.dumps(body.get("message", body), ensure_ascii=False)[:3000]
