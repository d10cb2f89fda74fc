"""Sample events in every layer: generated, sealed as the producer does, staged, built and checked. No Kafka between."""

import importlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from data_generator.web import generate
from data_generator.web_options import Faults, WebOptions
from sklad.settings import ROOT
from tests.integration.web.messages import put

EVENTS = 4000
DAYS = 6
_FAULTS = Faults(duplicates=0.01, late=0.02, missing=0.01, nulls=0.02)


def fill(client: Client, folder: Path) -> None:
    """Fill empty tables. `client`: user web, in database analytics; `folder`: for the generated files."""
    generate(WebOptions(events=EVENTS, days=DAYS, until=datetime.now(UTC), faults=_FAULTS), folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "airflow" / "dags"))
        feeds, layers, producer, pseudonyms, quality = (
            importlib.import_module(f"web.{name}") for name in ("feeds", "layers", "producer", "pseudonyms", "quality")
        )
        sealer = pseudonyms.Pseudonyms(bytes(32))
        for name, feed in feeds.FEEDS.items():
            lines = (folder / feed.file).read_bytes().splitlines()
            messages = [producer.sealed(line, feed, sealer)[1] for line in lines]
            put(client, name.removesuffix("_events"), [*messages, b"no record"])
        layers.build_facts(client)
        layers.build_aggregates(client)
        for layer in layers.WHOLE:
            layers.build_whole(client, layer)
        layers.optimize(client)
        for group in ("freshness", "nulls", "duplicates", "referential_integrity", "consistency", "facts", "layers"):
            quality.check(client, "sample", group)
