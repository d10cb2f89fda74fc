"""Superset's REST API as one user sees it: logging in, asking with Superset's own reasons in the errors, listing."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import httpx

from sklad.errors import ServiceError
from sklad.settings import Settings

_PAGE = 10_000  # FAB_API_MAX_PAGE_SIZE in superset_config.py
_CSRF = re.compile(r'id="csrf_token"\s+value="([^"]+)"')


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

    def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        """One request below /api/v1/, whatever its answer; `arguments` are httpx's."""
        return self._http.request(method, f"/api/v1/{path}", **arguments)

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        return _body(self._checked("GET", path, params=parameters))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _body(self._checked("POST", path, json=body))

    def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _body(self._checked("PUT", path, json=body))

    def delete(self, path: str) -> None:
        self._checked("DELETE", path)

    def upload(self, path: str, file: tuple[str, bytes, str], fields: Mapping[str, str]) -> None:
        """Send a file, (name, content, type), in the field `bundle` of a form."""
        self._checked("POST", path, files={"bundle": file}, data=dict(fields))

    def download(self, path: str) -> bytes:
        return self._checked("GET", path).content

    def listed(self, resource: str, columns: Sequence[str] = ()) -> list[dict[str, Any]]:
        """All items of a resource that the user may see, such as `chart` or `security/roles`.

        In one page: Superset orders rights and datasets by nothing that is unique, so what a second page begins with is
        PostgreSQL's choice, made anew for each page; items would be missing, others come twice.
        """
        wanted = f"columns:!({','.join(columns)})," if columns else ""
        answer = self.get(f"{resource}/", q=f"({wanted}page:0,page_size:{_PAGE})")
        items: list[dict[str, Any]] = answer["result"]
        if len(items) < answer["count"]:
            raise ServiceError(
                f"{resource}: Superset handed out {len(items)} of {answer['count']} items. Is FAB_API_MAX_PAGE_SIZE in "
                f"superset/superset_config.py still {_PAGE}?"
            )
        return items

    def _checked(self, method: str, path: str, **arguments: Any) -> httpx.Response:  # noqa: ANN401
        answer = self.ask(method, path, **arguments)
        if not answer.is_success:
            raise ServiceError(f"{method} {path}: Superset answered {answer.status_code}: {_reason(answer)}")
        return answer

    def _log_in(self) -> None:
        """Log in as a browser does. The API's tokens aren't looked at where an endpoint is open to strangers: with a
        public link, their owner would be taken for one.
        """
        page = self._http.get("/login/")
        token = _CSRF.search(page.text)
        if not page.is_success or token is None:
            raise ServiceError(
                f"{self._http.base_url} has no log-in form of Superset (it answered {page.status_code}). "
                "Is it Superset that listens there? (make status)"
            )
        form = {"username": self._user, "password": self._password, "csrf_token": token[1]}
        answer = self._http.post("/login/", data=form)
        if answer.headers.get("location", "").partition("?")[0].rstrip("/").endswith("/login"):
            raise ServiceError(
                f"Superset at {self._http.base_url} refuses user {self._user}: its password is not SUPERSET_PASSWORD. "
                "superset/bootstrap.py sets it at each start: start Superset again."
            )
        # Whatever is written takes a token against forged requests, and a Referer.
        self._http.headers.update(
            {"X-CSRFToken": self.get("security/csrf_token/")["result"], "Referer": str(self._http.base_url)}
        )


@contextmanager
def administrator(settings: Settings) -> Iterator[SupersetClient]:
    """Superset's administrator. Raises ServiceError, too, when Superset can't be reached."""
    try:
        with SupersetClient(settings.superset_url, settings.superset_user, settings.superset_password) as client:
            yield client
    except httpx.HTTPError as error:
        raise ServiceError(
            f"Superset at {settings.superset_url} can't be reached: {error}. Does it run? (make status)"
        ) from error


def _body(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    return body


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
