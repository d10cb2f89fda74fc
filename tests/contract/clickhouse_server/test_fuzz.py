"""Malformed HTTP, thousands of times: every file of corpus/ is a request, sent as it is and then damaged at random.

No answer may be a success that the undamaged request would not have had, the process must not die, and neither memory
nor file descriptors may pile up. The seed is printed; FUZZ_SEED repeats a run. A request that found a defect
becomes a file of corpus/.
"""

import os
import random
import secrets
import socket
from pathlib import Path

import httpx
import psutil
import pytest

CORPUS = sorted(Path(__file__).with_name("corpus").glob("*.http"))
ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "1500"))
SEED = int(os.environ.get("FUZZ_SEED", str(secrets.randbelow(10**6))))
PIECES = (
    b"\r\n",
    b"\x00",
    b"\xff" * 8,
    b"%",
    b"&",
    b": ",
    b"Content-Length: 5\r\n",
    b"0\r\n\r\n",
    b"--b",
    b"' OR 1=1 --",
)
GROWTH_MB = 200


def send(port: int, request: bytes) -> bytes:
    """What comes back before the connection ends or nothing comes for a moment."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                answer += chunk
        except OSError:
            pass
    return answer


def descriptors(process: psutil.Process) -> int:
    """Open file descriptors but those of libraries: the engine keeps each open once it has described a stack."""
    return process.num_fds() - sum(".so" in Path(file.path).name for file in process.open_files())


def damage(request: bytes, chance: random.Random) -> bytes:
    """One to four cuts, flips, insertions or repetitions."""
    for _ in range(chance.randint(1, 4)):
        start, end = sorted(chance.randrange(len(request) + 1) for _ in range(2))
        request = chance.choice(
            (
                request[:start],
                request[:start] + request[end:],
                request[:start] + chance.choice(PIECES) + request[start:],
                request[:start] + bytes(chance.randrange(256) for _ in range(4)) + request[start + 4 :],
                request[:end] + request[start:end] + request[end:],
            )
        )
    return request


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_every_request_of_the_corpus_is_answered_or_cut(server, file):
    answer = send(server.port, file.read_bytes())

    assert answer == b"" or answer.startswith(b"HTTP/1.1 "), answer[:200]
    assert b"Traceback" not in answer
    assert httpx.get(f"{server.url}/ping").text == "Ok.\n"


@pytest.mark.timeout(600)
def test_damaged_requests_do_no_harm(server):
    print(f"FUZZ_SEED={SEED}")
    chance = random.Random(SEED)  # noqa: S311 - no secret
    process = psutil.Process(server.process.pid)
    server.post("CREATE TABLE IF NOT EXISTS wms.fuzz (a Int32, b Int32) ENGINE = Null")
    for file in CORPUS:
        send(server.port, file.read_bytes())
    memory, files = process.memory_info().rss, descriptors(process)

    for _ in range(ROUNDS):
        answer = send(server.port, damage(chance.choice(CORPUS).read_bytes(), chance))
        assert b"Traceback" not in answer
        assert b"secret-of-the-collection" not in answer
        assert b"etl-password" not in answer

    assert process.is_running()
    assert server.post("SELECT 1").text == "1\n"
    assert process.memory_info().rss - memory < GROWTH_MB << 20
    assert descriptors(process) - files < 20
    server.post("DROP TABLE wms.fuzz")
    assert "Traceback" not in server.log


def test_strangers_take_no_memory_of_those_who_may_send(server, table):
    """Bodies of all clients together are bounded; those without a password don't count, since they aren't kept."""
    name = table("s String")
    who = "X-ClickHouse-User: admin\r\nX-ClickHouse-Key: wrong\r\n"
    head = f"POST / HTTP/1.1\r\nHost: x\r\n{who}Content-Length: 8000000\r\n\r\n"
    strangers = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(8)]
    try:
        for stranger in strangers:
            stranger.sendall(head.encode() + b"x" * 7_000_000)

        answer = server.post(f"INSERT INTO {name} FORMAT CSV\n".encode() + b"x" * 7_000_000)

        assert answer.status_code == 200, answer.text
    finally:
        for stranger in strangers:
            stranger.close()


def test_a_stranger_is_told_so_after_a_large_body(server):
    answer = httpx.post(
        server.url,
        content=b"x" * 7_000_000,
        headers={"X-ClickHouse-User": "admin", "X-ClickHouse-Key": "no"},
        timeout=60,
    )

    assert answer.status_code == 403
    assert "Authentication failed" in answer.text
