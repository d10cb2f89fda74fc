"""What stands around an answer's data: headers, the summary, and an error that comes after data."""

import json
import secrets

from sklad.clickhouse_server.engine import Result
from sklad.clickhouse_server.errors import ClickHouseError

_TAG = "X-ClickHouse-Exception-Tag"
_CONTENT_TYPES = {
    "JSON": "application/json; charset=UTF-8",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "Native": "application/octet-stream",
}
_READ, _WRITTEN = ("read_rows", "read_bytes"), ("written_rows", "written_bytes")
_SUMMARY = (*_READ, *_WRITTEN, "total_rows_to_read", "result_rows", "result_bytes", "elapsed_ns")


def headers(form: str) -> dict[str, str]:
    """Headers of an answer in this output format."""
    return {
        "X-ClickHouse-Format": form,
        "Content-Type": _CONTENT_TYPES.get(form, "text/plain; charset=UTF-8"),
        _TAG: secrets.token_hex(8),
    }


def error_headers(error: ClickHouseError) -> dict[str, str]:
    """Headers of an answer that is an error from the start."""
    return {"X-ClickHouse-Exception-Code": str(error.code), "Content-Type": "text/plain; charset=UTF-8"}


def late_error(body: bytes, sent: dict[str, str]) -> bytes:
    """An error behind data, marked as ClickHouse marks it: clients know the tag from the headers sent before."""
    tag = sent[_TAG]
    opening = f"\r\n__exception__\r\n{tag}\r\n"
    closing = f"{len(body)} {tag}\r\n__exception__\r\n"
    return opening.encode() + body + closing.encode()


def summary(result: Result | None) -> str:
    """X-ClickHouse-Summary. Of a streamed answer nothing is known when its head is sent, so its numbers are zero."""
    if result is None:
        return json.dumps(dict.fromkeys(_SUMMARY, "0"))
    written, written_bytes = result.rows_written(), result.bytes_written()
    numbers = (
        result.storage_rows_read() or written,
        result.storage_bytes_read() or written_bytes,
        written,
        written_bytes,
        0,
        result.rows_read() or written,
        result.bytes_read() or written_bytes,
        int(result.elapsed() * 1e9),
    )
    return json.dumps({name: str(number) for name, number in zip(_SUMMARY, numbers, strict=True)})
