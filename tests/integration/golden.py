"""The committed schema of a product, schema.golden.sql: what migrations, sinks, policies and views come to."""

import re

from clickhouse_connect.driver.client import Client

from sklad.products import product

HEAD = "-- What clickhouse/{} makes of an empty engine, by SHOW CREATE TABLE. Written by a test; never run.\n\n"


def made_schema(client: Client, name: str) -> str:
    """All that is in a product's database, in the form of its schema.golden.sql."""
    tables = client.query(
        "SELECT name FROM system.tables WHERE database = {database:String} AND name != 'schema_versions' ORDER BY 1",
        parameters={"database": product(name).database},
    ).result_rows
    statements = [
        client.query(f"SHOW CREATE TABLE {product(name).database}.{table}").result_rows[0][0] for (table,) in tables
    ]
    schema = HEAD.format(name) + "\n".join(f"{statement};\n" for statement in statements)
    # Of which files the queue is made: the view tells, and it changes with each word of theirs.
    return re.sub("(?<=files )[0-9a-f]{16}", "…", schema)
