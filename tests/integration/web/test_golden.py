"""What the web product's migrations come to, statement by statement."""

import os

from clickhouse_connect.driver.client import Client

from sklad.settings import ROOT
from tests.integration.golden import made_schema

GOLDEN = ROOT / "clickhouse" / "web" / "schema.golden.sql"
CURE = (
    f"the schema is not what {GOLDEN.name} says. If that is intended, write it anew and commit it with your change:\n"
    "UPDATE_GOLDEN=1 bin/sklad test -- tests/integration/web/test_golden.py"
)


def test_the_schema_is_the_committed_one(admin: Client) -> None:
    schema = made_schema(admin, "web")
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(schema, encoding="utf-8")

    assert schema == GOLDEN.read_text(encoding="utf-8"), CURE
