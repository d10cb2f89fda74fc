"""Running a query on the engine's connection: streamed, whole, or an INSERT fed with its data piece by piece."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain

from sklad.clickhouse_server.connections import quoted
from sklad.clickhouse_server.engine import Handle, Result
from sklad.clickhouse_server.protocol import Query
from sklad.clickhouse_server.statements import InsertHead, explicit_format, is_select

# The engine's streaming gives whole answers in these formats only; others miss their beginning or end.
STREAMABLE = frozenset(
    {"Native", "TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "CSV", "RowBinary", "JSONEachRow"}
    | {"JSONCompactEachRow", "LineAsString"}
)


def output_format(query: Query) -> str:
    """The format that the answer will have."""
    return (explicit_format(query.text) if query.insert is None else None) or query.format


@contextmanager
def results(handle: Handle, query: Query, *, streamed: bool) -> Iterator[tuple[Result | None, Iterator[bytes]]]:
    """Run a query, and end it on leaving the context: only then may its connection be used again or closed.

    Args:
        handle: the connection to run it on.
        query: the query, already checked.
        streamed: whether its answer may be streamed; it is when that is worth it.

    Yields:
        What is known about it (nothing while it streams), and the chunks of its answer, none of them empty.

    Raises:
        RuntimeError: the engine's; of a streamed query also while the chunks are read.
    """
    if query.insert is not None:
        yield _insert(handle, query, query.insert), iter(())
    elif streamed and is_select(query.text) and not query.buffered:
        with closing(_stream(handle, query)) as chunks:
            first = next(chunks, b"")  # an early error still becomes a status
            yield None, chain([first], chunks) if first else iter(())
    else:
        result = handle.query(query.text, query.format, params=query.parameters)
        answer = result.bytes()
        yield result, iter([answer] if answer else [])


def _stream(handle: Handle, query: Query) -> Generator[bytes, None, None]:
    stream = handle.send_query(query.text, query.format, params=query.parameters)
    finished = False
    try:
        while chunk := handle.streaming_fetch_result(stream).bytes():
            yield chunk
        finished = True
    finally:
        if not finished:
            with suppress(RuntimeError):  # an already failed stream says so again
                handle.streaming_cancel_query(stream)


def _insert(handle: Handle, query: Query, head: InsertHead) -> Result:
    if query.parameters:
        handle.query("SET " + ", ".join(f"param_{name} = {quoted(value)}" for name, value in query.parameters.items()))
    insert = handle.send_insert(head.statement, head.format)
    try:
        for piece in query.data:
            if piece:
                handle.insert_append(insert, piece)
        return handle.insert_done(insert)
    except BaseException:
        with suppress(RuntimeError):
            handle.insert_cancel(insert)
        raise
