"""Compressed bodies: `Content-Encoding` streams, and ClickHouse's native blocks (`decompress=1`, `compress=1`).

Bodies are opened piece by piece, so a small body that unpacks to a huge one never lies in memory whole.
"""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import BinaryIO, cast

import lz4.block
import lz4.frame
from backports import zstd
from clickhouse_cityhash.cityhash import CityHash128

from sklad.clickhouse_server.errors import ClickHouseError

PIECE = 1 << 20
MAX_BLOCK = 1 << 30
_CHECKSUM, _HEADER = 16, 9
_NONE, _LZ4, _ZSTD = 0x02, 0x82, 0x90
_LOW_64_BITS = (1 << 64) - 1

_READERS: dict[str, Callable[[BytesIO], BinaryIO]] = {
    "gzip": lambda raw: cast(BinaryIO, gzip.GzipFile(fileobj=raw)),
    "lz4": lambda raw: cast(BinaryIO, lz4.frame.LZ4FrameFile(raw)),
    "zstd": lambda raw: cast(BinaryIO, zstd.ZstdFile(raw)),
    "xz": lambda raw: cast(BinaryIO, lzma.LZMAFile(raw)),  # noqa: SIM115 - it is the caller who reads it
    "bz2": lambda raw: cast(BinaryIO, bz2.BZ2File(raw)),
}


def pieces(body: bytes, encoding: str, *, native_blocks: bool) -> Iterator[bytes]:
    """Unpack a request body, at most about a megabyte (or one native block) at a time.

    Args:
        body: as it came over the wire.
        encoding: the `Content-Encoding` header, lower case; "" for none.
        native_blocks: whether the content is a row of ClickHouse's compressed blocks (`decompress=1`).

    Raises:
        ClickHouseError: unknown encoding, cut off or damaged content.
    """
    plain = _decoded(body, encoding) if encoding not in {"", "identity"} else _sliced(body)
    return _unpacked_blocks(b"".join(plain)) if native_blocks else plain


def _sliced(body: bytes) -> Iterator[bytes]:
    return (body[at : at + PIECE] for at in range(0, len(body), PIECE))


def _decoded(body: bytes, encoding: str) -> Iterator[bytes]:
    if encoding == "deflate":
        return _wrapped(_inflate(body))
    if encoding not in _READERS:
        known = ", ".join(["deflate", *_READERS])
        raise ClickHouseError("BAD_ARGUMENTS", f"Content-Encoding {encoding!r} is not supported. Use one of: {known}")
    reader = _READERS[encoding](BytesIO(body))
    return _wrapped(iter(lambda: reader.read(PIECE), b""))


def _inflate(body: bytes) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    while not inflater.eof:
        piece = inflater.decompress(body, PIECE)
        if not piece and not inflater.eof:
            raise EOFError("the deflate stream is cut off")
        yield piece
        body = inflater.unconsumed_tail


def _wrapped(source: Iterator[bytes]) -> Iterator[bytes]:
    """Name what is wrong with a body in ClickHouse's terms, whatever the codec raises."""
    try:
        yield from source
    except EOFError as error:
        raise ClickHouseError("CANNOT_READ_ALL_DATA", f"The compressed request body is cut off: {error}") from error
    except (OSError, RuntimeError, zlib.error, lzma.LZMAError, zstd.ZstdError) as error:
        raise ClickHouseError("CANNOT_READ_ALL_DATA", f"The compressed request body is damaged: {error}") from error


def _checksum(block: bytes | memoryview) -> bytes:
    # CityHash128 comes back as one number with its first 64 bits on top; on the wire each half is little-endian.
    number = CityHash128(bytes(block))
    return cast(bytes, (number >> 64).to_bytes(8, "little") + (number & _LOW_64_BITS).to_bytes(8, "little"))


def _unpacked_blocks(body: bytes) -> Iterator[bytes]:
    """Unpack native blocks: checksum (16 bytes), method (1), packed size with this header (4), plain size (4), data."""
    view, at = memoryview(body), 0
    while at < len(body):
        start = at + _CHECKSUM
        if len(body) < start + _HEADER:
            raise ClickHouseError("CANNOT_READ_ALL_DATA", "The last compressed block is cut off in its header")
        size = int.from_bytes(view[start + 1 : start + 5], "little")
        plain_size = int.from_bytes(view[start + 5 : start + _HEADER], "little")
        block = view[start : start + size]
        if size < _HEADER or len(block) < size or plain_size > MAX_BLOCK:
            raise ClickHouseError("CANNOT_READ_ALL_DATA", "A compressed block is cut off or states an impossible size")
        if _checksum(block) != view[at:start]:
            raise ClickHouseError("CHECKSUM_DOESNT_MATCH", "A compressed block was damaged on its way")
        yield _unpacked(block[0], bytes(block[_HEADER:]), plain_size)
        at = start + size


def _unpacked(method: int, data: bytes, plain_size: int) -> bytes:
    try:
        if method == _LZ4:
            return cast(bytes, lz4.block.decompress(data, uncompressed_size=plain_size))
        if method == _ZSTD:
            return zstd.ZstdDecompressor().decompress(data, plain_size)
    except (lz4.block.LZ4BlockError, zstd.ZstdError) as error:
        raise ClickHouseError("CANNOT_READ_ALL_DATA", f"A compressed block is damaged: {error}") from error
    if method == _NONE:
        return data
    raise ClickHouseError("UNKNOWN_COMPRESSION_METHOD", f"Compressed block of unknown method {method:#x}")


def packed_blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pack an answer into native LZ4 blocks (`compress=1`), each of at most a megabyte of plain data."""
    for chunk in chunks:
        for at in range(0, len(chunk), PIECE):
            plain = chunk[at : at + PIECE]
            data = lz4.block.compress(plain, store_size=False)
            header = bytes([_LZ4]) + (len(data) + _HEADER).to_bytes(4, "little") + len(plain).to_bytes(4, "little")
            yield _checksum(header + data) + header + data
