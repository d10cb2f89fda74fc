"""The four feeds' records of a block of visits, as lines of JSON. What stays the same is written once and looked up."""

from collections.abc import Callable
from functools import cached_property
from json import dumps
from typing import Any

import numpy as np

from data_generator.randomness import stream
from data_generator.web_options import WebOptions
from data_generator.web_visits import Visitors, Visits
from data_generator.web_vocabulary import vocabulary

FEEDS = ("browser_events", "device_events", "geo_events", "location_events")

_UUID_VERSION_4 = (np.uint64(0xFFFFFFFFFFFF0FFF), np.uint64(0x4000))
_UUID_VARIANT_1 = (np.uint64(0x3FFFFFFFFFFFFFFF), np.uint64(0x8000000000000000))


class Records:
    """Makes lines, without their ends. Each feed's record bears the event's id, its visitor and its time there."""

    def __init__(self, options: WebOptions) -> None:
        self._random = stream(options.seed, "event ids")
        self._visitors = Visitors(options)
        known = vocabulary()
        self._paths = (*known.paths, known.bot_path)
        self._devices = (*known.devices, *known.bots)
        self._offset = np.array([place["utc_offset"] for place in known.places], dtype=np.int64)
        self._zones = [_zone(place["utc_offset"]) for place in known.places]

    def of(self, visits: Visits) -> dict[str, list[str]]:
        """Lines by feed, in the order of the visits."""
        place, device = visits.place.tolist(), visits.device.tolist()
        heads = self._heads(visits, place)
        browser = self._browser
        kinds = [self._kinds[path][step] for path, step in zip(visits.path.tolist(), visits.step.tolist(), strict=True)]
        return {
            "browser_events": [
                f'{head}"event_type":"{kind}",{browser[which][where]}'
                for head, kind, which, where in zip(heads, kinds, device, place, strict=True)
            ],
            "device_events": [
                head + self._device[which][where] for head, which, where in zip(heads, device, place, strict=True)
            ],
            "geo_events": [
                f'{head}"ip_address":"{address}",{self._geo[where]}'
                for head, address, where in zip(heads, self._addresses(visits), place, strict=True)
            ],
            "location_events": [head + location for head, location in zip(heads, self._locations(visits), strict=True)],
        }

    def _heads(self, visits: Visits, place: list[int]) -> list[str]:
        local = (visits.at + self._offset[visits.place] * 60_000).astype("datetime64[ms]")
        times = np.datetime_as_string(local, unit="ms").tolist()
        return [
            f'{{"event_id":"{event_id}","user_id":"user-{visitor:09d}","event_timestamp":"{time}{self._zones[where]}",'
            for event_id, visitor, time, where in zip(
                self._event_ids(len(times)), visits.visitor.tolist(), times, place, strict=True
            )
        ]

    def _event_ids(self, count: int) -> list[str]:
        bits = self._random.integers(0, 2**64, (count, 2), dtype=np.uint64, endpoint=False)
        bits[:, 0] = bits[:, 0] & _UUID_VERSION_4[0] | _UUID_VERSION_4[1]
        bits[:, 1] = bits[:, 1] & _UUID_VARIANT_1[0] | _UUID_VARIANT_1[1]
        digits = bits.astype(">u8").tobytes().hex()
        return [
            f"{digits[at:at + 8]}-{digits[at + 8:at + 12]}-{digits[at + 12:at + 16]}-{digits[at + 16:at + 20]}-"
            f"{digits[at + 20:at + 32]}"
            for at in range(0, len(digits), 32)
        ]  # fmt: skip

    def _addresses(self, visits: Visits) -> list[str]:
        numbers = self._visitors.address(visits.visitor)
        parts = [((numbers >> shift) & 255).tolist() for shift in (24, 16, 8, 0)]
        return [f"{a}.{b}.{c}.{d}" for a, b, c, d in zip(*parts, strict=True)]

    def _locations(self, visits: Visits) -> list[str]:
        site = vocabulary().site
        found = []
        for path, step, product, campaign, is_first in zip(
            visits.path.tolist(), visits.step.tolist(), visits.product.tolist(), visits.campaign.tolist(),
            visits.is_first.tolist(), strict=True,
        ):  # fmt: skip
            steps = self._paths[path]
            page = steps[step].page.replace("{}", str(product))
            if is_first:
                referer = self._first_referer[campaign]
            else:
                before = steps[step - 1].page.replace("{}", str(product))
                referer = f'"referer_url":"{site}{before}","referer_medium":"internal"'
            found.append(f'"page_url":"{site}{page}","page_url_path":"{page}",{referer},{self._utm[campaign]}')
        return found

    @cached_property
    def _kinds(self) -> list[list[str]]:
        return [[step.event_type for step in path] for path in self._paths]

    @cached_property
    def _browser(self) -> list[list[str]]:
        def fields(device: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
            return {
                "browser_name": device["browser"],
                "browser_user_agent": device["agent"],
                "browser_language": place["language"],
            }

        return self._by_device_and_place(fields)

    @cached_property
    def _device(self) -> list[list[str]]:
        def fields(device: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
            return {
                "os_name": device["os"],
                "os_timezone": place["timezone"],
                "device_type": device["type"],
                "device_is_mobile": device["is_mobile"],
            }

        return self._by_device_and_place(fields)

    @cached_property
    def _geo(self) -> list[str]:
        return [
            _end(
                {
                    "geo_country": place["country"],
                    "geo_region_name": place["region"],
                    "geo_timezone": place["timezone"],
                    "geo_latitude": place["latitude"],
                    "geo_longitude": place["longitude"],
                }
            )
            for place in vocabulary().places
        ]

    @cached_property
    def _utm(self) -> list[str]:
        return [
            _end({f"utm_{name}": each[name] or None for name in ("source", "medium", "campaign", "content")})
            for each in vocabulary().campaigns
        ]

    @cached_property
    def _first_referer(self) -> list[str]:
        return [
            _end({"referer_url": each["referer"] or None, "referer_medium": each["referer_medium"]})[:-1]
            for each in vocabulary().campaigns
        ]

    def _by_device_and_place(
        self, fields: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
    ) -> list[list[str]]:
        return [[_end(fields(device, place)) for place in vocabulary().places] for device in self._devices]


def _end(fields: dict[str, Any]) -> str:
    """The end of a JSON object, from these fields on."""
    return dumps(fields, ensure_ascii=False, separators=(",", ":"))[1:]


def _zone(minutes: int) -> str:
    """An offset from UTC as ISO 8601 writes it."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"
