"""Many clients at once, and clients that leave before their answer is there."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest

WHO = {"X-ClickHouse-User": "admin", "X-ClickHouse-Key": "admin-password"}


def test_queries_of_different_clients_run_side_by_side(server):
    started = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: server.post(f"SELECT {n}, sleep(1)").text, range(8)))
    assert answers == [f"{n}\t0\n" for n in range(8)]
    assert time.monotonic() - started < 6, "eight seconds of sleep one after another"


def test_concurrent_inserts_lose_nothing(server, table):
    name = table("writer UInt8, n UInt32")

    def write(writer):
        client = server.client()
        for batch in range(5):
            client.insert(name, [[writer, batch * 100 + n] for n in range(100)])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(6)))
    assert server.post(f"SELECT count(), uniqExact(writer, n) FROM {name}").text == "3000\t3000\n"


def running(server, marker):
    return int(
        server.post(
            f"SELECT count() FROM system.processes WHERE query LIKE '%{marker}%' AND query NOT LIKE '%processes%'"
        ).text
    )


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds} s"
        time.sleep(0.05)


def leave(server, query):
    """Send a query and close the connection without waiting for the answer."""
    with httpx.Client() as client:
        try:
            client.post(server.url, content=query, headers=WHO, timeout=0.5)
        except httpx.ReadTimeout:
            return
    raise AssertionError("the query was too quick for this test")


def test_a_client_that_leaves_stops_its_aggregation(server):
    leaving = threading.Thread(
        target=leave,
        args=(server, "SELECT 'leaver-a', sum(sleepEachRow(1)) FROM numbers(3000) SETTINGS max_block_size = 1"),
    )
    leaving.start()
    wait_until(lambda: running(server, "leaver-a") == 1)
    leaving.join()
    wait_until(lambda: running(server, "leaver-a") == 0)


def test_a_client_that_leaves_stops_its_stream(server):
    query = "SELECT 'leaver-b', number FROM numbers(100000000000)"
    with httpx.stream("POST", server.url, content=query, headers=WHO) as answer:
        chunks = answer.iter_raw()
        next(chunks)
        assert running(server, "leaver-b") == 1
    wait_until(lambda: running(server, "leaver-b") == 0)


def test_a_query_can_be_killed(server):
    victim = "SELECT 'victim', sum(sleepEachRow(1)) FROM numbers(3000) SETTINGS max_block_size = 1"
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(server.post, victim)
        wait_until(lambda: running(server, "victim") == 1)
        server.post("KILL QUERY WHERE query LIKE '%victim%' AND query NOT LIKE '%system.processes%'")
        assert future.result().headers["X-ClickHouse-Exception-Code"] == "394"


def beside_kills(server, work, seconds=6):
    """Repeat something that posts, with a number of its own each time, while queries are killed; the answers that were
    whole and no error, by their number.
    """
    ending = threading.Event()

    def kill():
        while not ending.wait(0.007):
            server.post("KILL QUERY WHERE query NOT LIKE 'KILL%'")

    killing = threading.Thread(target=kill)
    killing.start()
    answers = {}
    try:
        deadline = time.monotonic() + seconds
        for number in itertools.takewhile(lambda _: time.monotonic() < deadline, itertools.count()):
            with suppress(httpx.HTTPStatusError, httpx.TransportError):  # refused, or cut in the middle
                answers[number] = work(number).raise_for_status().text
    finally:
        ending.set()
        killing.join()
    assert answers, "everything was killed"
    return answers


def test_an_insert_that_was_killed_is_not_acknowledged(server, table):
    """The engine says nothing of an insert that is killed as it ends, and then less or nothing is written."""
    name = table("n UInt64")
    acknowledged = beside_kills(server, lambda n: server.post(f"INSERT INTO {name} VALUES ({n})"))
    there = {int(line) for line in server.post(f"SELECT n FROM {name}").text.split()}
    assert set(acknowledged) <= there


@pytest.mark.parametrize(
    "query",
    ["SELECT sum(number) FROM numbers(3000000)", "SELECT number FROM numbers(3000) FORMAT TSV"],
)
def test_an_answer_that_was_killed_is_not_called_whole(server, query):
    whole = server.post(query).text
    answers = beside_kills(server, lambda _: server.post(query))
    assert set(answers.values()) == {whole}
