"""Brings Superset's roles, row-level security and embedding to what superset/access.yaml and the settings say."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import httpx
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sklad.errors import SkladError
from sklad.superset.bundle import SUPERSET, of_products, read_assets
from sklad.superset.client import SupersetClient

FILE = SUPERSET / "access.yaml"
PUBLIC = "Public"

_REGION = "регион"  # the column that rules look at
_OURS = "Sklad: "  # how names of our rules begin

Rights = dict[str, list[str]]  # names of rights by what they are on
Right = tuple[str, str]  # what it is on, and its name


class Role(BaseModel):
    """The rights of `like`, without those of `except`, with those of `may`; `reads`: which data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reads: Literal["database", "datasets", "nothing"]
    like: list[str] = []
    without: Rights = Field(default={}, alias="except")
    may: Rights = {}


class RegionRole(BaseModel):
    """A role that sees these regions alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str
    regions: list[str] = Field(min_length=1)

    def clause(self) -> str:
        """The condition on a row, in ClickHouse's SQL."""
        literals = ("'" + name.replace("\\", "\\\\").replace("'", "''") + "'" for name in self.regions)
        return f'"{_REGION}" IN ({", ".join(literals)})'


class Access(BaseModel):
    """All of access.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: dict[str, Role]
    regions: list[RegionRole]
    closed_to_regions: list[str]


def read_access(file: Path = FILE) -> Access:
    """Raises SkladError: the file is not what it should be; the message says where."""
    try:
        return Access.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise SkladError(f"{file} can't be used: {error}") from error


def apply_access(
    client: SupersetClient, access: Access, products: Collection[str], *, public: bool, embed_origins: list[str]
) -> str:
    """Roles, rules and embedding as declared; says in a few words what they are. Safe to repeat.

    Args:
        client: an administrator, after the assets were imported.
        access: what read_access returned.
        products: those whose assets were imported.
        public: whether strangers may look at dashboards.
        embed_origins: sites that may embed the project's dashboards.

    Raises:
        SkladError: a right, a role or a dataset that the file names does not exist.
        ServiceError: Superset refused or failed.
    """
    superset = _Superset(client, products)
    for name, role in access.roles.items():
        superset.set_rights(name, superset.rights_of(role) if name != PUBLIC or public else set())
    for region_role in access.regions:
        superset.set_region_rules(region_role, access.closed_to_regions)
    superset.set_embedding(embed_origins)
    said = [f"roles {len(access.roles)}", f"rules by region {len(access.regions)}"]
    said += ["open to strangers (SUPERSET_PUBLIC)"] if public else []
    said += [f"to be embedded by {', '.join(embed_origins)}"] if embed_origins else []
    if undeclared := superset.undeclared_rules(access):
        said.append(f"not in {FILE.name} any more, still in force: {', '.join(undeclared)}")
    return ", ".join(said)


class _Superset:
    """What stands in Superset, by the names that the file uses."""

    def __init__(self, client: SupersetClient, products: Collection[str]) -> None:
        self._client = client
        everything = read_assets()
        self._known_tables = {asset["table_name"] for asset in everything.values() if "table_name" in asset}
        self._assets: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for name, asset in of_products(everything, products).items():
            self._assets[name.split("/")[0]].append(asset)

    def rights_of(self, role: Role) -> set[Right]:
        copied = {right for name in role.like for right in self._rights_now(self._role_id(name))}
        return copied - _pairs(role.without) | _pairs(role.may) | self._data(role)

    def set_rights(self, name: str, wanted: set[Right]) -> None:
        if unknown := wanted - self._right_ids.keys():
            listed = ", ".join(f"{right} on {on}" for on, right in sorted(unknown))
            raise SkladError(f"{FILE}, role {name}: this Superset has no such right: {listed}. Mend the file.")
        if name not in self._roles:
            self._roles[name] = self._client.post("security/roles/", {"name": name})["id"]
        role_id = self._roles[name]
        if self._rights_now(role_id) != wanted:
            ids = sorted(self._right_ids[right] for right in wanted)
            self._client.post(f"security/roles/{role_id}/permissions", {"permission_view_menu_ids": ids})

    def set_region_rules(self, region_role: RegionRole, closed: list[str]) -> None:
        if region_role.role not in self._roles:
            self.set_rights(region_role.role, set())
        if unknown := set(closed) - self._known_tables:
            raise SkladError(f"{FILE}, closed_to_regions: there is no dataset {', '.join(sorted(unknown))}.")
        # A product that is left out has no datasets here, and a rule about none is refused.
        of_regions = [asset["uuid"] for asset in self._assets["datasets"] if _REGION in _columns(asset)]
        # One group: someone with two such roles sees the regions of both.
        if of_regions:
            self._set_rule(region_role.role, region_role.role, region_role.clause(), of_regions, group="sklad_region")
        if of_all := [asset["uuid"] for asset in self._assets["datasets"] if asset["table_name"] in closed]:
            self._set_rule(f"{region_role.role} (closed)", region_role.role, "1 = 0", of_all, group="")

    def undeclared_rules(self, access: Access) -> list[str]:
        declared = {f"{_OURS}{each.role}{end}" for each in access.regions for end in ("", " (closed)")}
        return sorted(name for name in self._rules if name.startswith(_OURS) and name not in declared)

    def set_embedding(self, origins: list[str]) -> None:
        """Each dashboard gets an id for embedding, which stays the same, or loses it."""
        for dashboard in self._assets["dashboards"]:
            path = f"dashboard/{dashboard['slug']}/embedded"
            if origins:
                self._client.post(path, {"allowed_domains": origins})
            elif self._client.ask("GET", path).status_code != httpx.codes.NOT_FOUND:
                self._client.delete(path)

    def _set_rule(self, name: str, role: str, clause: str, datasets: list[str], group: str) -> None:
        full_name = f"{_OURS}{name}"
        rule = {
            "name": full_name,
            "description": f"superset/{FILE.name}",
            "filter_type": "Regular",
            "tables": [self._dataset_ids[uuid] for uuid in datasets],
            "roles": [self._role_id(role)],
            "group_key": group,
            "clause": clause,
        }
        if full_name in self._rules:
            self._client.put(f"rowlevelsecurity/{self._rules[full_name]}", rule)
        else:
            self._client.post("rowlevelsecurity/", rule)

    def _data(self, role: Role) -> set[Right]:
        """Superset makes one right a database and a dataset; their ids end its name."""
        if role.reads == "nothing":
            return set()
        if role.reads == "database":
            (declared,) = self._assets["databases"]
            ids = [
                item["id"]
                for item in self._client.listed("database", ("id", "uuid"))
                if item["uuid"] == declared["uuid"]
            ]
            wanted = {("database_access", f"(id:{ids[0]})")}
        else:
            wanted = {
                ("datasource_access", f"(id:{self._dataset_ids[asset['uuid']]})") for asset in self._assets["datasets"]
            }
        return {(on, name) for on, name in self._right_ids if (name, on[on.rfind("(") :]) in wanted}

    def _role_id(self, name: str) -> int:
        if name not in self._roles:
            raise SkladError(f"{FILE} names a role {name} that this Superset does not have.")
        return self._roles[name]

    def _rights_now(self, role_id: int) -> set[Right]:
        rights = self._client.get(f"security/roles/{role_id}/permissions/")["result"]
        return {(right["view_menu_name"], right["permission_name"]) for right in rights}

    @cached_property
    def _roles(self) -> dict[str, int]:
        return {role["name"]: role["id"] for role in self._client.listed("security/roles")}

    @cached_property
    def _rules(self) -> dict[str, int]:
        return {rule["name"]: rule["id"] for rule in self._client.listed("rowlevelsecurity")}

    @cached_property
    def _right_ids(self) -> dict[Right, int]:
        rights = self._client.listed("security/permissions-resources")
        return {(right["view_menu"]["name"], right["permission"]["name"]): right["id"] for right in rights}

    @cached_property
    def _dataset_ids(self) -> dict[str, int]:
        return {item["uuid"]: item["id"] for item in self._client.listed("dataset", ("id", "uuid"))}


def _pairs(rights: Mapping[str, list[str]]) -> set[Right]:
    return {(on, name) for on, names in rights.items() for name in names}


def _columns(dataset: Mapping[str, Any]) -> set[str]:
    return {column["column_name"] for column in dataset["columns"]}
