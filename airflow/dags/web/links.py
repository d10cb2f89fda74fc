"""What the web DAGs connect to."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import Variable
from shared import connections

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from web.pseudonyms import Pseudonyms

# Encrypted in Airflow's database, and hidden in its logs and pages by what it is called.
KEY = "web_pseudonym_secret"


def clickhouse() -> Client:
    """ClickHouse as user web, in database analytics."""
    return connections.clickhouse("clickhouse_web")


def kafka() -> str:
    """Kafka's address."""
    return connections.address("kafka")


def source() -> Path:
    """The folder with the four feeds as files."""
    return Path(os.environ["WEB_JSONL_DIR"])


def make_key() -> bool:
    """Make the key of the pseudonyms, at the first start; returns whether there was none. One task at a time."""
    from web.pseudonyms import KEY_BYTES  # noqa: PLC0415

    if Variable.get(KEY, default=None):
        return False
    Variable.set(KEY, secrets.token_hex(KEY_BYTES), description="Key of the pseudonyms of users and addresses")
    return True


def pseudonyms() -> Pseudonyms:
    """The pseudonyms of this installation."""
    from web.pseudonyms import Pseudonyms  # noqa: PLC0415

    return Pseudonyms(bytes.fromhex(Variable.get(KEY)))
