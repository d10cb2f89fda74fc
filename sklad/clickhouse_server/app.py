"""The ASGI application: paths, logins, answers of known or unknown length, and clients that leave."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from sklad.clickhouse_server import protocol
from sklad.clickhouse_server.answer import error_headers
from sklad.clickhouse_server.bodies import Bodies, Receive, drain
from sklad.clickhouse_server.channel import Channel
from sklad.clickhouse_server.errors import ClickHouseError, as_clickhouse, body_of
from sklad.clickhouse_server.execution import Executor
from sklad.clickhouse_server.protocol import Request
from sklad.clickhouse_server.users import User, Users

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

THREADS = 32
_PLAIN = {"Content-Type": "text/html; charset=UTF-8"}


class Application:
    """ClickHouse's HTTP interface.

    Args:
        executor: runs the queries.
        users: who may log in.
        max_body_bytes: bodies beyond this are answered with 413.
    """

    def __init__(self, executor: Executor, users: Users, max_body_bytes: int) -> None:
        self._executor = executor
        self._users = users
        self._bodies = Bodies(max_body_bytes)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="query")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        greeting = path == "/" and method in {"GET", "HEAD"} and not scope["query_string"]
        if greeting or path in {"/ping", "/replicas_status"}:
            await _reply(send, 200, _PLAIN, b"Ok.\n")
        elif path not in {"/", "/query"}:
            await _reply(send, 404, _PLAIN, f"There is no handle {path}. Queries go to /\n".encode())
        elif method not in {"GET", "HEAD", "POST", "PUT"}:
            await _reply(send, 405, _PLAIN | {"Allow": "GET, HEAD, POST, PUT"}, b"Use GET or POST\n")
        else:
            await self._serve(scope, receive, send)

    def close(self) -> None:
        """Stop running queries and close their connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._executor.interrupt()
        self._threads.shutdown(wait=True)
        self._executor.close()

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = {
            "X-ClickHouse-Server-Display-Name": "sklad",
            "X-ClickHouse-Timezone": self._executor.engine.timezone,
            "X-ClickHouse-Query-Id": str(uuid.uuid4()),
        }
        try:
            head = _request(scope)
            headers["X-ClickHouse-Query-Id"] = _query_id(head) or headers["X-ClickHouse-Query-Id"]
            try:
                user = self._users.authenticate(*protocol.credentials(head), _address(scope))
            except ClickHouseError:
                await drain(receive)  # a stranger's body takes none of the memory that bodies may have
                raise
            async with self._bodies.read(receive) as body:
                if body is not None:
                    await self._answer(replace(head, body=body), user, headers, receive, send)
        except ClickHouseError as error:
            about = headers | error_headers(error)
            await _reply(send, error.status, about, body_of(error, self._executor.engine.version))

    async def _answer(
        self, request: Request, user: User, headers: dict[str, str], receive: Receive, send: Send
    ) -> None:
        channel = Channel(asyncio.get_running_loop())
        self._threads.submit(self._run, request, user, channel, headers)
        watcher = asyncio.create_task(self._watch(receive, channel))
        try:
            await _send_answer(send, channel)
        finally:
            watcher.cancel()
            channel.leave()

    def _run(self, request: Request, user: User, channel: Channel, headers: dict[str, str]) -> None:
        if channel.left:  # while the request waited for a thread: nobody would learn what came of it
            channel.start(400, headers)
            channel.finish(broken=True)
            return
        try:
            query = protocol.read(request, self._bodies.max_bytes)
        except Exception as error:  # the thread must not end without an answer
            self._executor.refuse(as_clickhouse(error, user.name), channel, headers)
        else:
            self._executor.run(query, user, channel, headers)

    async def _watch(self, receive: Receive, channel: Channel) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await asyncio.to_thread(self._executor.cancel, channel)


async def _send_answer(send: Send, channel: Channel) -> None:
    """Send what the channel brings; an answer of one chunk gets a Content-Length."""
    status, headers = await channel.head()
    chunks = channel.body()
    first = await anext(chunks, b"")
    second = await anext(chunks, None) if first else None
    if second is None and not channel.broken:
        await _reply(send, status, headers, first)
        return
    await send({"type": "http.response.start", "status": status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": first, "more_body": True})
    if second is not None:
        await send({"type": "http.response.body", "body": second, "more_body": True})
    async for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    if not channel.broken:  # otherwise the connection is cut: a cut answer can't be taken for a whole one
        await send({"type": "http.response.body", "body": b""})


async def _reply(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    raw = [*_raw(headers), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _request(scope: Message) -> Request:
    """The request without its body."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    params = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Request(scope["method"], params, headers)


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]


def _query_id(request: Request) -> str:
    """The client's query id, if it can stand in a header."""
    given = request.params.get("query_id", "")
    return given if given.isprintable() and given.isascii() and len(given) <= 128 else ""  # noqa: PLR2004


def _address(scope: Message) -> str:
    client = scope.get("client")
    return json.dumps(client[0]).strip('"') if client else "unknown"
