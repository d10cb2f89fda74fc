"""Makes Superset's metadata database ready, before its web server starts: schema, roles, the administrator.

Run with Superset's own Python, from any folder, with the environment of superset_config.py plus SUPERSET_USER and
SUPERSET_PASSWORD. Safe to run again: what is ready already is found out with four small queries, and Superset, which
takes seconds to load, is loaded only when something has to be done. One process does what `superset db upgrade`,
`superset init` and `superset fab create-admin` would each load it for.
"""

import hashlib
import hmac
import os
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from werkzeug.security import check_password_hash

FOLDER = Path(__file__).resolve().parent


class BootstrapError(Exception):
    """Superset's metadata database can't be made ready; the message says what to do."""


@dataclass(frozen=True)
class Wanted:
    """What the environment asks for."""

    database_uri: str
    user: str
    password: str
    definition: str  # changes when the schema or the roles may have to
    key_mark: str  # changes with the secret key, tells nothing about it

    @classmethod
    def from_environment(cls) -> "Wanted":
        names = ("SUPERSET_DATABASE_URI", "SUPERSET_USER", "SUPERSET_PASSWORD", "SUPERSET_SECRET_KEY")
        missing = [name for name in names if not os.environ.get(name)]
        if missing:
            raise BootstrapError(
                f"not set in the environment: {', '.join(missing)}. `make up` and docker-compose.yml derive them from "
                ".env; by hand, export them first."
            )
        uri, user, password, secret_key = (os.environ[name] for name in names)
        return cls(uri, user, password, _definition(), _mark(secret_key))


@dataclass(frozen=True)
class Found:
    """What the metadata database holds already."""

    definition: str | None = None
    key_mark: str | None = None
    password_hash: str | None = None


def _definition() -> str:
    """A digest of everything that decides which schema, roles and permissions there are."""
    digest = hashlib.sha256()
    for package in ("apache-superset", "flask-appbuilder"):
        digest.update(f"{package}={version(package)}\n".encode())
    for file in (FOLDER / "superset_config.py", Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _mark(secret_key: str) -> str:
    return hmac.new(secret_key.encode(), b"sklad: which key encrypted this database", "sha256").hexdigest()


def look(engine: Engine, user: str) -> Found:
    """What is there already. An empty database is a fine answer; one that can't be reached raises BootstrapError."""
    try:
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            if not {"sklad_bootstrap", "ab_user"} <= tables:
                return Found()
            mark = connection.execute(text("SELECT definition, key_mark FROM sklad_bootstrap")).first()
            account = connection.execute(
                text("SELECT password FROM ab_user WHERE username = :user AND active"), {"user": user}
            ).first()
    except OperationalError as error:
        place = engine.url.render_as_string(hide_password=True)
        raise BootstrapError(
            f"the metadata database {place} refused: {str(error.orig).strip()}. Is it running, and do METADATA_PORT "
            "and SUPERSET_DB_PASSWORD in .env fit it?"
        ) from error
    return Found(mark.definition if mark else None, mark.key_mark if mark else None, account and account.password)


def forget_unreadable_passwords(engine: Engine) -> None:
    """Drop the connections' passwords that a former secret key encrypted: reading one would fail, for good.

    Importing the assets, which follows each start, sets those of the project's own connections again.
    """
    with engine.begin() as connection:
        if inspect(connection).has_table("dbs"):
            connection.execute(text("UPDATE dbs SET password = NULL, encrypted_extra = NULL, server_cert = NULL"))


def apply(wanted: Wanted, *, schema_and_roles: bool) -> None:
    """Load Superset and have it do the work; with schema_and_roles false only the administrator is looked after."""
    from flask_migrate import upgrade  # noqa: PLC0415  (seconds to load; see the top of this file)
    from superset.app import create_app  # noqa: PLC0415

    app = create_app()
    with app.app_context():
        from superset.extensions import appbuilder, db  # noqa: PLC0415  (these need the application's context)

        security = appbuilder.sm
        if schema_and_roles:
            upgrade()
            appbuilder.add_permissions(update_perms=True)
            security.sync_role_definitions()
            db.session.commit()
        _set_administrator(security, wanted)
        db.session.commit()


def _set_administrator(security: object, wanted: Wanted) -> None:
    account = security.find_user(username=wanted.user)
    if account is None:
        admin = security.find_role(security.auth_role_admin)
        mail = f"{wanted.user}@sklad.invalid"
        if not security.add_user(wanted.user, "Superset", "Admin", mail, admin, wanted.password):
            raise BootstrapError(
                f"Superset did not create the administrator {wanted.user}; its reason is logged above."
            )
        return
    account.active = True
    security.reset_password(account.id, wanted.password)


def remember(engine: Engine, wanted: Wanted) -> None:
    """Write down what this database was made ready for: in the database itself, so that both are restored together."""
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE IF NOT EXISTS sklad_bootstrap (definition text NOT NULL, key_mark text NOT NULL)")
        )
        connection.execute(text("DELETE FROM sklad_bootstrap"))
        connection.execute(
            text("INSERT INTO sklad_bootstrap (definition, key_mark) VALUES (:definition, :key_mark)"),
            {"definition": wanted.definition, "key_mark": wanted.key_mark},
        )


def bootstrap() -> list[str]:
    """Do what has to be done; return it in words, one line each."""
    wanted = Wanted.from_environment()
    engine = create_engine(wanted.database_uri)
    found = look(engine, wanted.user)
    done = []
    if found.key_mark not in (None, wanted.key_mark):
        forget_unreadable_passwords(engine)
        done.append(
            "SUPERSET_SECRET_KEY changed: the connections' stored passwords were dropped. Enter again those of "
            "connections that you added by hand"
        )
    renew = found.definition != wanted.definition
    if renew:
        done.append("schema, permissions and roles brought up to date")
    locked_out = found.password_hash is None or not check_password_hash(found.password_hash, wanted.password)
    if locked_out:
        done.append(f"administrator {wanted.user} now has the password of .env")
    if renew or locked_out:
        apply(wanted, schema_and_roles=renew)
    if done:
        remember(engine, wanted)
    return done


if __name__ == "__main__":
    try:
        changes = bootstrap()
    except BootstrapError as error:
        sys.exit(f"superset bootstrap: {error}")
    for change in changes or ["nothing to do"]:
        print(f"superset bootstrap: {change}")
