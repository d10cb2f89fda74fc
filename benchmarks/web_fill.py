"""Makes much of little, in ClickHouse: so often again what the web product holds, as other users' other events.

Each copy has ids of its own, a few seconds later: visits, days and shares stay what the generator made them, and
visitors grow with the events. Not through Kafka, which a hundred million would take half an hour.
"""

from clickhouse_connect.driver.client import Client

# Copies stand where no partition of Kafka's is, so they are told from what came through it.
_COPIES_FROM = 1000

_STAGED = """
INSERT INTO {staging:Identifier}
SELECT * REPLACE (
    reinterpretAsUUID(sipHash128(event_id, {copy:UInt16})) AS event_id,
    reinterpretAsUUID(sipHash128(user_id, {copy:UInt16})) AS user_id,
    event_at + INTERVAL 7 * {copy:UInt16} SECOND AS event_at,
    {copies_from:UInt16} + {copy:UInt16} AS kafka_partition,
    now64(3, 'UTC') AS arrived_at
)
FROM (SELECT * FROM {staging:Identifier} WHERE kafka_partition < {copies_from:UInt16})
"""

_FACTS = """
INSERT INTO fact_events
SELECT facts.* REPLACE (
    reinterpretAsUUID(sipHash128(event_id, copy)) AS event_id,
    reinterpretAsUUID(sipHash128(user_id, copy)) AS user_id,
    event_at + INTERVAL 7 * copy SECOND AS event_at
)
FROM (SELECT * FROM fact_events FINAL WHERE toDate(event_at) = {day:Date}) AS facts
CROSS JOIN (SELECT toUInt16(1 + number) AS copy FROM numbers({copies:UInt16})) AS copies
SETTINGS max_partitions_per_insert_block = 0
"""


def fill_staging(client: Client, tables: list[str], times: int) -> None:
    """Have each record so many times in all."""
    for copy in range(1, times):
        for staging in tables:
            parameters = {"staging": staging, "copy": copy, "copies_from": _COPIES_FROM}
            client.command(_STAGED, parameters=parameters)


def fill_facts(client: Client, times: int) -> None:
    """Have each fact so many times in all; what is counted from them is to be counted anew.

    From the last day on, since a day's last copies are of the next one.
    """
    days = client.query("SELECT DISTINCT toDate(event_at) AS day FROM fact_events ORDER BY day DESC").result_rows
    for (day,) in days:
        client.command(_FACTS, parameters={"day": day, "copies": times - 1})
