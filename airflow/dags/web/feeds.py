"""The four feeds: their topics, files, fields and tables. Needs no Airflow, so that tests can run it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

# Fields whose values tell who somebody is. They leave the producer as pseudonyms only.
IDENTIFIERS = ("user_id", "ip_address")
# Tells a load's messages from others in the same topic. At the head of each message: a header of Kafka's costs as
# much as all else that is done for a message.
MARK = "load"
_EVERYWHERE = ("event_id", "user_id", "event_timestamp")


@dataclass(frozen=True)
class Feed:
    """One feed. `name`: its topic, and its file without `.jsonl`; `fields`: all that is passed on of a record."""

    name: str
    fields: tuple[str, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.jsonl"

    @cached_property
    def identifiers(self) -> tuple[str, ...]:
        """Which of its fields tell who somebody is."""
        return tuple(name for name in IDENTIFIERS if name in self.fields)

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[Any]:
        """Reads its fields, whatever their values are, and passes over all others: half the work of reading all."""
        fields: list[tuple[str, Any, Any]] = [(name, object, msgspec.UNSET) for name in (MARK, *self.fields)]
        return msgspec.json.Decoder(msgspec.defstruct("Record", fields))

    @property
    def inbox(self) -> str:
        """The table that messages come in through."""
        return f"events_{self.name.removesuffix('_events')}_inbox"

    @property
    def staging(self) -> str:
        """The table that holds its records."""
        return f"events_{self.name.removesuffix('_events')}_raw"


def _feed(name: str, *fields: str) -> Feed:
    return Feed(name, (*_EVERYWHERE, *fields))


FEEDS = {
    feed.name: feed
    for feed in (
        _feed("browser_events", "event_type", "browser_name", "browser_user_agent", "browser_language"),
        _feed("device_events", "os_name", "os_timezone", "device_type", "device_is_mobile"),
        _feed(
            "geo_events",
            *("ip_address", "geo_country", "geo_region_name", "geo_timezone", "geo_latitude", "geo_longitude"),
        ),
        _feed(
            "location_events",
            *("page_url", "page_url_path", "referer_url", "referer_medium"),
            *("utm_source", "utm_medium", "utm_campaign", "utm_content"),
        ),
    )
}
