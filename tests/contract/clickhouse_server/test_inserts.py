"""Writing: rows, columns, frames, Arrow, raw formats, and bodies in every compression."""

import bz2
import gzip
import lzma
import zlib

import httpx
import lz4.frame
import pandas as pd
import pyarrow as pa
import pytest
from backports import zstd

from sklad.clickhouse_server.compression import packed_blocks, pieces

COLUMNS = "id UInt64, s String"


def test_rows_and_columns(admin, table):
    name = table(COLUMNS)
    admin.insert(name, [[1, "a"], [2, "b"]])
    written = admin.insert(name, [[3, 4], ["c", "d"]], column_oriented=True)
    assert written.written_rows == 2
    assert admin.query(f"SELECT groupArray(s) FROM (SELECT s FROM {name} ORDER BY id)").result_rows == [
        (["a", "b", "c", "d"],)
    ]


def test_some_columns_only(admin, table):
    name = table("id UInt64, s String DEFAULT 'unset'")
    admin.insert(name, [[1]], column_names=["id"])
    assert admin.query(f"SELECT * FROM {name}").result_rows == [(1, "unset")]


def test_frame(admin, table):
    name = table(COLUMNS)
    admin.insert_df(name, pd.DataFrame({"id": range(10), "s": [f"s{i}" for i in range(10)]}))
    assert admin.command(f"SELECT sum(id) FROM {name}") == 45


def test_arrow(admin, table):
    name = table(COLUMNS)
    admin.insert_arrow(name, pa.table({"id": pa.array(range(20), pa.uint64()), "s": pa.array(["q"] * 20)}))
    assert admin.command(f"SELECT count() FROM {name}") == 20


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("CSV", b"1,a\n2,b\n"),
        ("CSV", b'1,"a\n\nb"\n2,"c"\n'),
        ("JSONEachRow", b'{"id":1,"s":"a"}\n\n{"id":2,"s":"b"}'),
        ("TabSeparated", b"1\ta\n2\tb\n"),
        ("RowBinary", (10).to_bytes(8, "little") + b"\x02\n\n" + (2570).to_bytes(8, "little") + b"\x01\n"),
    ],
)
def test_raw_formats_with_empty_lines_in_the_data(admin, table, form, data):
    name = table(COLUMNS)
    admin.raw_insert(name, ["id", "s"], data, fmt=form)
    assert admin.command(f"SELECT count() FROM {name}") == 2


def test_bytes_of_an_empty_line_in_a_string(server, table):
    name = table("s String")
    server.post(b"INSERT INTO " + name.encode() + b" FORMAT RowBinary\n\x04a\n\nb")
    assert server.post(f"SELECT hex(s) FROM {name}").text == "610A0A62\n"


def test_values(server, table):
    name = table(COLUMNS)
    assert server.post(f"INSERT INTO {name} VALUES (1, 'a'), (2, 'it''s; \n\n')").status_code == 200
    assert server.post(f"INSERT INTO {name} (s, id) VALUES", query="").status_code == 200
    assert server.post("(3, 'c')", query=f"INSERT INTO {name} VALUES").status_code == 200
    assert server.post(f"SELECT count(), max(s) FROM {name}").text == "3\tit\\'s; \\n\\n\n"


def test_insert_select(admin, table):
    name = table(COLUMNS)
    admin.command(f"INSERT INTO {name} SELECT number, 'x' FROM numbers(1000)")
    admin.command(f"INSERT INTO {name} WITH 1 AS one SELECT number + one, 'y' FROM numbers(10)")
    assert admin.command(f"SELECT count() FROM {name}") == 1010


@pytest.mark.parametrize("codec", ["lz4", "zstd", "gzip", False])
def test_client_compression(server, table, codec):
    name = table(COLUMNS)
    client = server.client(compress=codec)
    client.insert(name, [[i, "c" * 50] for i in range(10000)])
    assert client.query(f"SELECT sum(length(s)) FROM {name}").result_rows == [(500000,)]


ENCODERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
    "lz4": lz4.frame.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
}


def insert(server, name, body, **headers):
    who = {"X-ClickHouse-User": "admin", "X-ClickHouse-Key": "admin-password"}
    params = {"query": f"INSERT INTO {name} FORMAT CSV"} | ({"decompress": "1"} if headers.pop("blocks", None) else {})
    return httpx.post(server.url, params=params, content=body, headers=who | headers)


@pytest.mark.parametrize("encoding", ENCODERS)
def test_encoded_bodies_of_several_frames(server, table, encoding):
    name = table(COLUMNS)
    frames = [ENCODERS[encoding](b"1,a\n")] + ([ENCODERS[encoding](b"2,b\n")] if encoding != "deflate" else [])
    assert insert(server, name, b"".join(frames), **{"Content-Encoding": encoding}).status_code == 200
    assert server.post(f"SELECT count() FROM {name}").text == f"{len(frames)}\n"


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_cut_off_body_is_refused_and_inserts_nothing(server, table, encoding):
    name = table(COLUMNS)
    whole = ENCODERS[encoding](b"".join(f"{i},{i * 7919}\n".encode() for i in range(5000)))
    refused = insert(server, name, whole[: len(whole) // 2], **{"Content-Encoding": encoding})
    assert refused.status_code == 400
    assert refused.headers["X-ClickHouse-Exception-Code"] == "33"
    assert server.post(f"SELECT count() FROM {name}").text == "0\n"


def test_unknown_encoding_names_the_known_ones(server):
    refused = insert(server, "wms.any", b"x", **{"Content-Encoding": "br"})
    assert refused.status_code == 400
    assert "zstd" in refused.text


def test_native_blocks_in_and_out(server, table):
    name = table(COLUMNS)
    blocks = b"".join(packed_blocks([b"1,a\n", b"2,b\n" * 1000]))
    assert insert(server, name, blocks, blocks="1").status_code == 200
    packed = server.post(f"SELECT count() FROM {name}", compress="1").content
    assert b"".join(pieces(packed, "", native_blocks=True)) == b"1001\n"


def test_damaged_native_block_is_refused(server, table):
    name = table(COLUMNS)
    block = bytearray(b"".join(packed_blocks([b"1,a\n" * 100])))
    block[-1] ^= 1
    refused = insert(server, name, bytes(block), blocks="1")
    assert refused.headers["X-ClickHouse-Exception-Code"] == "40"
    assert insert(server, name, bytes(block[:20]), blocks="1").headers["X-ClickHouse-Exception-Code"] == "33"


def test_bad_data_is_refused_whole(server, table):
    name = table(COLUMNS)
    assert insert(server, name, b"1,a\nnot a number,b\n").status_code == 400
    assert server.post(f"SELECT count() FROM {name}").text == "0\n"
