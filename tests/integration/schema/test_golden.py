"""What the migrations, policies and views come to, statement by statement: a change shows in review as what it does."""

import os

from clickhouse_connect.driver.client import Client

from tests.integration.clickhouse import STOCK
from tests.integration.schema.conftest import made_schema

GOLDEN = STOCK / "schema.golden.sql"
CURE = (
    f"the schema is not what {GOLDEN.name} says. If that is intended, write it anew and commit it with your change:\n"
    "UPDATE_GOLDEN=1 bin/sklad test -- tests/integration/schema/test_golden.py"
)


def test_the_schema_is_the_committed_one(migrated: Client) -> None:
    schema = made_schema(migrated)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(schema, encoding="utf-8")

    assert schema == GOLDEN.read_text(encoding="utf-8"), CURE


def test_no_address_and_no_password_is_in_the_schema() -> None:
    golden = GOLDEN.read_text(encoding="utf-8")

    assert "127.0.0.1" not in golden
    assert "password" not in golden
