"""Forms as clients send them for long queries and parameters: multipart/form-data with plain fields."""

import re

from sklad.clickhouse_server.errors import ClickHouseError

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_NAME = re.compile(rb'[; ]name="([^"]*)"')


def fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields of a form.

    Args:
        content_type: the request's Content-Type, with the boundary.
        body: the request's body.

    Raises:
        ClickHouseError: the form is malformed, cut off, or brings a file along.
    """
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise ClickHouseError("BAD_ARGUMENTS", "The multipart form has no boundary in its Content-Type")
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())
    if not parts[-1].startswith(b"--"):
        raise ClickHouseError("CANNOT_READ_ALL_DATA", "The multipart form is cut off")
    found = {}
    for part in parts[1:-1]:
        head, separator, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not separator or name is None:
            raise ClickHouseError("BAD_ARGUMENTS", "A field of the multipart form has no name")
        if b"filename=" in head:
            raise ClickHouseError("NOT_IMPLEMENTED", "External tables are not supported: use a TEMPORARY TABLE")
        found[name[1].decode("utf-8", "replace")] = value
    return found
