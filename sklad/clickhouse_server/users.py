"""Who may log in, and who they become. Passwords come from the users file; roles and profiles from the engine.

The engine knows only its own user, but it reads the same users files as a real server, with their roles, grants and
profiles. A connection becomes somebody by taking that user's roles and profile (see connections).
"""

import hashlib
import hmac
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from sklad.clickhouse_server.engine import Engine
from sklad.clickhouse_server.errors import ClickHouseError, ClickHouseServerError

log = logging.getLogger(__name__)

_SHA256 = re.compile("[0-9A-Fa-f]{64}")
_NOBODY = hashlib.sha256(os.urandom(32)).digest()
_ROLES = "SELECT granted_role_name FROM system.role_grants WHERE user_name = {user:String} ORDER BY 1"
_PROFILE = """
    SELECT inherit_profile FROM system.settings_profile_elements
    WHERE user_name = {user:String} AND inherit_profile IS NOT NULL ORDER BY index LIMIT 1
"""
_SETTINGS = """
    SELECT setting_name, value FROM system.settings_profile_elements
    WHERE profile_name = {profile:String} AND value IS NOT NULL ORDER BY index
"""
_DATABASE = "SELECT default_database FROM system.users WHERE name = {user:String}"
_EVERYTHING = """
    SELECT count() > 0 FROM system.grants INNER JOIN system.role_grants ON role_name = granted_role_name
    WHERE role_grants.user_name = {user:String} AND access_type = 'ALL' AND database IS NULL
"""


@dataclass(frozen=True)
class User:
    """A user of this server: the roles its connections take, its profile's settings, and whether it may do anything."""

    name: str
    roles: tuple[str, ...]
    profile: str
    settings: tuple[tuple[str, str], ...]
    database: str
    unlimited: bool

    @property
    def readonly(self) -> int:
        """The profile's `readonly`: 0 may write, 1 may only read and change no setting, 2 may only read."""
        return int(dict(self.settings).get("readonly", "0"))


class Users:
    """All users of a users file.

    Args:
        file: a users file in ClickHouse's format; the engine must have been configured with the same one.
        engine: the open engine.

    Raises:
        ClickHouseServerError: the file is unusable, or a user in it has no password or no role.
    """

    def __init__(self, file: Path, engine: Engine) -> None:
        digests = _password_digests(file)
        self._users = {name: (digest, _user(name, engine)) for name, digest in digests.items()}

    def databases(self) -> set[str]:
        """The users' default databases."""
        return {user.database for _, user in self._users.values() if user.database}

    def authenticate(self, name: str, password: str, address: str) -> User:
        """The user of this name and password.

        Args:
            name: as the client gave it.
            password: in plain text; it is neither kept nor logged.
            address: where the client came from, for the log.

        Raises:
            ClickHouseError: AUTHENTICATION_FAILED, the same for an unknown user as for a wrong password.
        """
        digest, user = self._users.get(name, (_NOBODY, None))
        right = hmac.compare_digest(hashlib.sha256(password.encode("utf-8", "surrogateescape")).digest(), digest)
        if user is not None and right:
            return user
        log.warning("login of user %r from %s failed", name[:64], address)
        raise ClickHouseError(
            "AUTHENTICATION_FAILED",
            f"{name[:64]}: Authentication failed: password is incorrect, or there is no user with such name",
        )


def _password_digests(file: Path) -> dict[str, bytes]:
    try:
        users = ElementTree.parse(file).getroot().find("users")  # noqa: S314 - our own file, not a client's
    except (OSError, ElementTree.ParseError) as error:
        raise ClickHouseServerError(f"The users file {file} can't be read: {error}") from error
    digests = {}
    for user in users if users is not None else ():
        if user.get("remove") is not None:
            continue
        plain, sha256 = user.find("password"), user.find("password_sha256_hex")
        if plain is not None and (value := _value(plain)):
            digests[user.tag] = hashlib.sha256(value.encode()).digest()
        elif sha256 is not None and _SHA256.fullmatch(_value(sha256)):
            digests[user.tag] = bytes.fromhex(_value(sha256))
        else:
            raise ClickHouseServerError(
                f"User {user.tag} in {file} has no password, or not a SHA-256 of one. Give it one."
            )
    if not digests:
        raise ClickHouseServerError(f"The users file {file} names no users: nobody could log in.")
    return digests


def _value(element: ElementTree.Element) -> str:
    variable = element.get("from_env")
    return (element.text or "").strip() if variable is None else os.environ.get(variable, "")


def _user(name: str, engine: Engine) -> User:
    roles = engine.text(_ROLES, user=name).split("\n")
    if not roles[0]:
        raise ClickHouseServerError(f"User {name} has no role. Grant it one in the users file: GRANT <role>.")
    profile = engine.text(_PROFILE, user=name) or "default"
    rows = engine.text(_SETTINGS, profile=profile)
    return User(
        name=name,
        roles=tuple(roles),
        profile=profile,
        settings=tuple((row.split("\t")[0], row.split("\t")[1]) for row in rows.split("\n") if row),
        database=engine.text(_DATABASE, user=name),
        unlimited=engine.text(_EVERYTHING, user=name) in {"1", "true"},
    )
