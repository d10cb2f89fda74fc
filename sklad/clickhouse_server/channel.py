"""The way of an answer from the thread that runs a query to the event loop that sends it."""

import asyncio
import threading
from collections.abc import AsyncIterator

CHUNKS_AHEAD = 4
STALLED_SECONDS = 300


class ClientGone(Exception):
    """The client closed its connection; the query should stop."""


class Channel:
    """Carries a status, headers and body chunks. The writer waits when the reader is `CHUNKS_AHEAD` chunks behind.

    The writing methods belong to the query's thread, the reading ones to the event loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._head: asyncio.Future[tuple[int, dict[str, str]]] = loop.create_future()
        self._room = threading.Semaphore(CHUNKS_AHEAD)
        self._gone = threading.Event()
        self.started = False
        self.broken = False

    def start(self, status: int, headers: dict[str, str]) -> None:
        """Hand over the head. Everything before this can still become an error status."""
        self.started = True
        self._call(self._head.set_result, (status, headers))

    def write(self, chunk: bytes) -> None:
        """Hand over a piece of the body.

        Raises:
            ClientGone: nobody reads any more, or has not for `STALLED_SECONDS`.
        """
        if not self._room.acquire(timeout=STALLED_SECONDS) or self._gone.is_set():
            raise ClientGone
        self._call(self._chunks.put_nowait, chunk)

    def finish(self, *, broken: bool = False) -> None:
        """End the body; `broken` tells the reader to cut the connection, so that no client takes it for whole."""
        self.broken = broken
        self._call(self._chunks.put_nowait, None)

    @property
    def left(self) -> bool:
        """Whether the client has gone."""
        return self._gone.is_set()

    def leave(self) -> None:
        """The client has gone: the writer's next `write` raises."""
        self._gone.set()
        self._room.release()

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers, as soon as they are known."""
        return await asyncio.shield(self._head)

    async def body(self) -> AsyncIterator[bytes]:
        """The chunks, as they come."""
        while (chunk := await self._chunks.get()) is not None:
            yield chunk
            self._room.release()

    def _call(self, function: object, *arguments: object) -> None:
        self._loop.call_soon_threadsafe(function, *arguments)  # type: ignore[arg-type]
