"""Erasing a user, by pseudonym: from staging, facts, aggregates and dimensions. Needs no Airflow.

Kafka can't delete one user's messages: pseudonyms stay there until the topic's retention ends, seven days at most. A
replay does not bring them back: whoever stands in erased_users is left out on the way in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from web import layers, statements

if TYPE_CHECKING:
    from uuid import UUID

    from clickhouse_connect.driver.client import Client

TABLES = (
    *("events_browser_raw", "events_device_raw", "events_geo_raw", "events_location_raw"),
    *("fact_events", "dim_users"),
)
# Deleted last: it tells a second try which days the first one changed.
LAST = "agg_user_days"


def erase(client: Client, user: UUID) -> str:
    """Delete all that is kept of a user and count what is left anew; says what it deleted. Safe to repeat."""
    statements.run(client, "erase/remember", user=str(user))
    [(rows, days)] = statements.rows(client, "erase/days", user=str(user))
    for table in TABLES:
        statements.run(client, "erase/delete", table=table, user=str(user))
    if days:
        # A build of facts that changed these days: the layers above count them anew, by a second try at the latest.
        statements.run(client, "erase/touch", days=days)
    statements.run(client, "erase/delete", table=LAST, user=str(user))
    layers.build_aggregates(client)
    for layer in layers.WHOLE:
        layers.build_whole(client, layer)
    return f"{rows:,} events on {len(days)} days erased"
