"""Request bodies in memory: each bounded, and all of them together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from sklad.clickhouse_server.errors import ClickHouseError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

DRAIN_SECONDS = 30
ALL_TOGETHER = 4  # times what one body may have


class Bodies:
    """Reads bodies and knows how much of them is held.

    Args:
        max_bytes: what one body may have as it comes over the wire.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._held = 0

    @asynccontextmanager
    async def read(self, receive: Receive) -> AsyncIterator[bytes | None]:
        """Read a body and hold it for the time of the context; None when the client leaves before its end.

        Raises:
            ClickHouseError: the body is too long (413), or too many are held at once (503).
        """
        chunks: list[bytes] = []
        size, more = 0, True
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    yield None
                    return
                chunk, more = message.get("body", b""), message.get("more_body", False)
                chunks.append(chunk)
                size += len(chunk)
                self._held += len(chunk)
                if size > self.max_bytes or self._held > ALL_TOGETHER * self.max_bytes:
                    chunks.clear()
                    await drain(receive, more=more)
                    raise self._refusal(size)
            body = b"".join(chunks)
            chunks.clear()
            yield body
        finally:
            self._held -= size

    def _refusal(self, size: int) -> ClickHouseError:
        limit = self.max_bytes >> 20
        if size > self.max_bytes:
            return ClickHouseError(
                "BAD_ARGUMENTS",
                f"The request body is longer than {limit} MB, the server's --max-body-mb. Send it in several inserts",
                status=413,
            )
        return ClickHouseError(
            "TOO_MANY_SIMULTANEOUS_QUERIES", f"More than {ALL_TOGETHER * limit} MB of bodies are held now. Try later"
        )


async def drain(receive: Receive, *, more: bool = True) -> None:
    """Let a client finish sending what is thrown away, or it would not read why. It has DRAIN_SECONDS for that."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while more:
                message = await receive()
                more = message["type"] != "http.disconnect" and message.get("more_body", False)
    except TimeoutError:
        return
