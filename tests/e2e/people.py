"""People of Superset, and what each of them asks of its API: figures as a chart does, and all that they may not do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import httpx

from sklad.superset.client import SupersetClient

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack

PASSWORD = "a-password-of-tests"

Values = Mapping[str, Sequence[str]]


def administrator(stack: Stack) -> SupersetClient:
    return SupersetClient(stack["SUPERSET_URL"], stack["SUPERSET_USER"], stack["SUPERSET_PASSWORD"])


@contextmanager
def person(stack: Stack, *roles: str) -> Iterator[SupersetClient]:
    """Someone new with these roles, logged in; gone at the end, with all that they made."""
    name = f"test-{token_hex(4)}"
    with administrator(stack) as admin:
        role_ids = {role["name"]: role["id"] for role in admin.listed("security/roles")}
        someone = {"username": name, "first_name": name, "last_name": "Test", "email": f"{name}@example.com"}
        rights = {"roles": [role_ids[role] for role in roles], "active": True, "password": PASSWORD}
        user = admin.post("security/users/", someone | rights)["id"]
        try:
            with SupersetClient(stack["SUPERSET_URL"], name, PASSWORD) as client:
                yield client
        finally:
            for kind in ("dashboard", "chart"):
                for item in list(admin.listed(kind, ("id", "owners.id"))):
                    if [owner["id"] for owner in item["owners"]] == [user]:
                        admin.delete(f"{kind}/{item['id']}")
            # Not deleted: Superset refuses that for who asked in SQL Lab.
            admin.put(f"security/users/{user}", {"active": False})


def ids(admin: SupersetClient, kind: str, name: str) -> dict[str, int]:
    """Ids of assets of a kind by their names; `name`: the column that holds them."""
    return {item[name]: item["id"] for item in admin.listed(kind, ("id", name))}


def question(
    dataset_id: int,
    metrics: Sequence[str] = (),
    columns: Sequence[str] = (),
    filters: Values | None = None,
    **form_data: object,
) -> dict[str, Any]:
    """What a chart sends for its rows, past all caches."""
    conditions = [{"col": column, "op": "IN", "val": list(values)} for column, values in (filters or {}).items()]
    query = {"columns": list(columns), "metrics": list(metrics) or None, "filters": conditions, "orderby": []}
    return {
        "datasource": {"id": dataset_id, "type": "table"},
        "force": True,
        "result_format": "json",
        "result_type": "full",
        "queries": [query | {"row_limit": 10_000}],
        "form_data": form_data,
    }


def rows(answer: httpx.Response) -> list[dict[str, Any]]:
    """Of a question that was answered."""
    assert answer.status_code == httpx.codes.OK, answer.text
    found: list[dict[str, Any]] = answer.json()["result"][0]["data"]
    return found
