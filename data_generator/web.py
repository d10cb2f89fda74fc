"""The web product's feeds as files of JSON lines: browser, device, geo and location records of the same events.

Made in blocks of sessions: memory stays bounded at any size. The same options give the same bytes.
"""

from dataclasses import dataclass
from pathlib import Path

from data_generator.file_set import file_set
from data_generator.web_faults import FaultyFeed
from data_generator.web_options import WebOptions
from data_generator.web_records import FEEDS, Records
from data_generator.web_visits import Period

FILES = tuple(f"{feed}.jsonl" for feed in FEEDS)


@dataclass(frozen=True)
class Made:
    """What was made. `lines` and `faults` by feed; faults by kind."""

    events: int
    lines: dict[str, int]
    faults: dict[str, dict[str, int]]


def generate(options: WebOptions, folder: Path) -> Made:
    """Write the four files into `folder`.

    Raises:
        OutputError: the files can't be written.
    """
    records = Records(options)
    feeds = {feed: FaultyFeed(feed, options) for feed in FEEDS}
    lines = dict.fromkeys(FEEDS, 0)
    events = 0
    with file_set(folder, FILES) as files:

        def write(feed: str, block: list[str]) -> None:
            lines[feed] += len(block)
            files[f"{feed}.jsonl"].write("".join(f"{line}\n" for line in block).encode())

        for visits in Period(options).blocks():
            events += len(visits.at)
            for feed, block in records.of(visits).items():
                write(feed, feeds[feed].block(block))
        for feed, faulty in feeds.items():
            for block in faulty.rest():
                write(feed, block)
    return Made(events, lines, {feed: faulty.made for feed, faulty in feeds.items()})
