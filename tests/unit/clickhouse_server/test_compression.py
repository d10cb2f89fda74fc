"""Packing and unpacking, cut off and damaged content, and content that unpacks to far more than it is."""

import gzip
import zlib

import pytest
from backports import zstd

from sklad.clickhouse_server.compression import PIECE, packed_blocks, pieces
from sklad.clickhouse_server.errors import ClickHouseError


def unpack(body, encoding="", native=False):
    return b"".join(pieces(body, encoding, native_blocks=native))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_native_blocks_come_back_whole(size):
    plain = bytes(i % 251 for i in range(1000)) * (size // 1000 + 1)
    assert unpack(b"".join(packed_blocks([plain[:size]])), native=True) == plain[:size]


def test_a_native_block_as_clickhouse_writes_it():
    # SELECT 1 FORMAT TabSeparated with compress=1, from a real server: method 0x82, 12 packed bytes, 2 plain ones.
    block = bytes.fromhex("820c000000020000002031") + b"\n"
    assert next(iter(packed_blocks([b"1\n"])))[16:] == block


@pytest.mark.parametrize("cut", [1, 15, 16, 20, 24, 26])
def test_a_cut_native_block(cut):
    block = b"".join(packed_blocks([b"some data"]))
    with pytest.raises(ClickHouseError, match="cut off"):
        unpack(block[:cut], native=True)


@pytest.mark.parametrize("at", [0, 16, 18, 21, 25, 30])
def test_a_damaged_native_block(at):
    block = bytearray(b"".join(packed_blocks([b"some data" * 100])))
    block[at] ^= 0xFF
    with pytest.raises(ClickHouseError):
        unpack(bytes(block), native=True)


def test_an_encoded_stream_of_native_blocks():
    assert unpack(gzip.compress(b"".join(packed_blocks([b"x" * 10]))), "gzip", native=True) == b"x" * 10


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", gzip.compress), ("zstd", zstd.compress), ("deflate", zlib.compress)]
)
def test_a_bomb_is_unpacked_in_small_pieces(encoding, packed):
    body = packed(bytes(64 << 20))
    assert len(body) < 1 << 20
    assert max(len(piece) for piece in pieces(body, encoding, native_blocks=False)) <= 2 * PIECE


def test_unknown_encoding():
    with pytest.raises(ClickHouseError, match="'br' is not supported"):
        unpack(b"x", "br")
