"""Messages put straight into the tables that the consumer inserts into, as if Kafka had brought them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.client import Client

COLUMNS = ["kafka_topic", "kafka_partition", "kafka_offset", "queued_at", "payload"]


def identifier(number: int) -> str:
    """The UUID of an event or a user that a test calls by a number."""
    return f"{number:08x}-0000-4000-8000-{number:012x}"


def put(
    client: Client,
    feed: str,
    messages: Sequence[bytes | dict[str, Any]],
    *,
    first_offset: int = 0,
    partition: int = 0,
    queued_at: datetime | None = None,
) -> None:
    """Messages of a feed (browser, device, …), at offsets one after the other; dictionaries become JSON."""
    payloads = [each if isinstance(each, bytes) else json.dumps(each, ensure_ascii=False).encode() for each in messages]
    count = len(payloads)
    columns = [
        [f"{feed}_events"] * count,
        [partition] * count,
        list(range(first_offset, first_offset + count)),
        [queued_at or datetime.now(UTC)] * count,
        payloads,
    ]
    client.insert(f"events_{feed}_inbox", columns, column_names=COLUMNS, column_oriented=True)


def event(number: int, user: int, at: datetime | str, **changed: Any) -> dict[str, dict[str, Any]]:
    """The four records of a sound event, by feed; `changed`: fields with other values."""
    moment = at if isinstance(at, str) else at.isoformat()
    head = {"event_id": identifier(number), "user_id": identifier(user), "event_timestamp": moment}
    fields = {
        "browser": {"event_type": "pageview", "browser_name": "Chrome", "browser_language": "ru-RU"},
        "device": {"os_name": "Android", "device_type": "phone", "device_is_mobile": True},
        "geo": {
            **{"ip_address": identifier(user), "geo_country": "RU", "geo_region_name": "Москва"},
            **{"geo_timezone": "Europe/Moscow", "geo_latitude": 55.75, "geo_longitude": 37.61},
        },
        "location": {
            **{"page_url": "https://shop.example.com/", "page_url_path": "/", "referer_medium": "search"},
            **{"utm_source": "google", "utm_medium": "organic"},
        },
    }
    return {
        feed: head | {name: changed.get(name, value) for name, value in own.items()} for feed, own in fields.items()
    }
