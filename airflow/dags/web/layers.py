"""Facts, aggregates and dimensions out of staging: what changed since the last build, and no more. Needs no Airflow.

Each layer is a function of the one below, and is put in place whole: facts event by event, aggregates day by day,
dimensions and retention at once. So every step can be cut off and run again, and building a window again gives the same
rows. Each notes in layer_builds how far it has come.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from web import statements

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

log = logging.getLogger(__name__)

# What is being inserted gets its arrival time first and shows later: so much before the last build is looked at again,
# and until so much after the last arrival builds go on.
OVERLAP = timedelta(minutes=10)
# Events of a slice of those that have arrived. A build holds so many slices in memory, each joined by one thread: a
# merge join has no use for a second one.
SLICE_EVENTS = 250_000
SLICES_AT_ONCE = 2
# A day of facts in more parts is merged whole: six aggregates are counted from it, in twice the time if it is in forty.
DAY_PARTS = 10
# One: what is counted by user then fits memory, which takes half the time of what must go to disk in between.
DAYS_AT_ONCE = 1
# How long records stay in staging whose events are complete.
STAGING_DAYS = 7
AGGREGATES = (
    *("agg_events_hourly", "agg_traffic_sources", "agg_user_days"),
    *("agg_events_daily", "agg_page_flows", "agg_funnel_days"),
)
# What has no days to be counted by.
WHOLE = {"users": "dim_users", "geo": "dim_geo", "retention": "agg_retention"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_FIRST_UUID = "00000000-0000-0000-0000-000000000000"
_LAST_UUID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class Built(NamedTuple):
    """One build. `rows`: records looked at for facts, rows written for the others; `days` that it changed."""

    layer: str
    rows: int
    days: list[date]
    seconds: float

    def __str__(self) -> str:
        return f"{self.layer}: {self.rows:,} rows, {len(self.days)} days, {self.seconds:.1f} s"


def build_facts(client: Client, since: datetime | None = None, slice_events: int = SLICE_EVENTS) -> Built:
    """Bring fact_events up to all that has arrived in staging.

    Args:
        client: ClickHouse as user web, in database analytics, without a session: slices are built side by side.
        since: build again what has arrived since then, or None: since the last build.
        slice_events: how many are joined at a time.
    """
    began = time.monotonic()
    seen, built_at = _seen(client, "facts")
    begin = since or max(seen - OVERLAP, EPOCH)
    [(records, newest)] = statements.rows(client, "layers/arrivals", since=_moment(begin))
    if not records or (since is None and _utc(newest) <= seen and built_at > seen + OVERLAP):
        return Built("facts", 0, [], time.monotonic() - began)
    statements.run(client, "layers/clear_stage", stage="arrived_events")
    statements.run(client, "layers/note_arrived", since=_moment(begin), upto=_moment(newest))
    statements.run(client, "layers/merge_arrived")
    cuts = [str(cut) for (cut,) in statements.rows(client, "layers/slices", events=slice_events)]
    built = frozenset(day for (day,) in statements.rows(client, "layers/stage_days", stage="fact_events"))
    with ThreadPoolExecutor(SLICES_AT_ONCE) as pool:
        found = pool.map(
            lambda after, last: _build_slice(client, after, last, built), [_FIRST_UUID, *cuts], [*cuts, _LAST_UUID]
        )
        days = sorted({day for some in found for day in some})
        crowded = statements.rows(client, "layers/crowded", days=days, parts=DAY_PARTS)
        list(pool.map(lambda row: statements.run(client, "layers/optimize_day", day=str(row[0])), crowded))
    statements.run(client, "layers/clear_stage", stage="arrived_events")
    return _record(client, Built("facts", records, days, time.monotonic() - began), newest)


def _build_slice(client: Client, after: str, last: str, built: frozenset[str]) -> list[date]:
    """Write the facts of the arrived events between two ids; returns the days that they are of.

    `built`: the days, as partitions are called, that had facts before this build. Only there may one be as full
    already: other slices have other events, and reading what they have just written would slow a long build down.
    """
    days = [day for (day,) in statements.rows(client, "layers/days", after=after, last=last)]
    if days:
        known = [day for day in days if f"{day:%Y%m%d}" in built]
        statements.run(client, "layers/fact_events", after=after, last=last, days=known)
    return days


def pending(client: Client, layer: str) -> tuple[list[date], datetime]:
    """The days of facts that have changed since a layer was built, and the build of facts that changed them last."""
    [(days, upto)] = statements.rows(client, "layers/pending", layer=layer)
    return list(days), upto


def build_aggregates(client: Client) -> Built:
    """Count the changed days anew, in every aggregate."""
    began = time.monotonic()
    days, upto = pending(client, "aggregates")
    written = 0
    for table in AGGREGATES:
        stage = f"{table}_stage"
        for first in range(0, len(days), DAYS_AT_ONCE):
            some = days[first : first + DAYS_AT_ONCE]
            statements.run(client, "layers/clear_stage", stage=stage)
            statements.run(client, f"layers/{table}", days=some)
            written += _count(client, stage)
            staged = {day for (day,) in statements.rows(client, "layers/stage_days", stage=stage)}
            for day in some:
                if f"{day:%Y%m%d}" in staged:
                    statements.run(client, f"layers/replace/{table}", day=str(day))
                else:
                    statements.run(client, "layers/drop_day", table=table, day=str(day))
        statements.run(client, "layers/clear_stage", stage=stage)
    return (
        _record(client, Built("aggregates", written, days, time.monotonic() - began), upto)
        if days
        else _nothing("aggregates")
    )


def build_whole(client: Client, layer: str) -> Built:
    """Count anew what is counted as a whole; `layer`: a key of WHOLE."""
    began = time.monotonic()
    days, upto = pending(client, layer)
    if not days:
        return _nothing(layer)
    table = WHOLE[layer]
    stage = f"{table}_stage"
    statements.run(client, "layers/clear_stage", stage=stage)
    statements.run(client, f"layers/{table}")
    written = _count(client, stage)
    if written:
        statements.run(client, f"layers/replace/{table}")
        statements.run(client, "layers/clear_stage", stage=stage)
    else:
        statements.run(client, "layers/clear_stage", stage=table)
    return _record(client, Built(layer, written, days, time.monotonic() - began), upto)


def optimize(client: Client) -> Built:
    """Have replaced facts gone from the days that have some."""
    began = time.monotonic()
    days, upto = pending(client, "optimized")
    if not days:
        return _nothing("optimized")
    crowded = [day for day in days if _superseded(client, day)]
    for day in crowded:
        statements.run(client, "layers/optimize_day", day=str(day))
    return _record(client, Built("optimized", 0, crowded, time.monotonic() - began), upto)


def clear_staging(client: Client, now: datetime | None = None) -> str:
    """Delete staged records older than STAGING_DAYS whose events are complete; says what it went through.

    Once a day, since deleting writes a day's records anew. What misses a part stays until staging's own time to live,
    so that a late part finds the others.
    """
    began = time.monotonic()
    midnight = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    before, (cleared, _) = midnight - timedelta(days=STAGING_DAYS), _seen(client, "cleared")
    old = statements.rows(client, "layers/old_days", before=_moment(before), cleared=_moment(cleared))
    if not old:
        return "nothing is old enough"
    statements.run(client, "layers/clear_stage", stage="kept_events")
    statements.run(client, "layers/keep_incomplete", before=_moment(before))
    for feed_table, day in old:
        statements.run(client, "layers/clear_day", feed_table=feed_table, day=day, before=_moment(before))
    kept = _count(client, "kept_events")
    statements.run(client, "layers/clear_stage", stage="kept_events")
    _record(client, Built("cleared", kept, [], time.monotonic() - began), before)
    return f"{len(old)} days of feeds cleared, {kept:,} records of incomplete events kept"


def _superseded(client: Client, day: date) -> int:
    [(facts,)] = statements.rows(client, "layers/superseded", day=day)
    return int(facts)


def _seen(client: Client, layer: str) -> tuple[datetime, datetime]:
    [(upto, built_at)] = statements.rows(client, "layers/seen", layer=layer)
    return _utc(upto), _utc(built_at)


def _record(client: Client, built: Built, upto: datetime) -> Built:
    statements.run(
        client,
        "layers/record",
        layer=built.layer, upto=_moment(upto, 6), rows=built.rows, days=built.days, seconds=built.seconds,
    )  # fmt: skip
    log.info("%s", built)
    return built


def _nothing(layer: str) -> Built:
    return Built(layer, 0, [], 0.0)


def _count(client: Client, table: str) -> int:
    [(count,)] = statements.rows(client, "layers/count", table=table)
    return int(count)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _moment(moment: datetime, digits: int = 3) -> str:
    """A moment as text for a parameter: as such, clickhouse-connect would cut off its fraction."""
    return _utc(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[: 20 + digits]
