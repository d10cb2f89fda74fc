"""Errors as clients see them."""

import pytest

from sklad.clickhouse_server.errors import ClickHouseError, as_clickhouse, body_of


def test_an_error_of_the_server():
    error = ClickHouseError("ACCESS_DENIED", "bi: no")
    assert (error.code, error.status) == (497, 403)
    assert body_of(error, "26.9") == b"Code: 497. DB::Exception: bi: no (ACCESS_DENIED) (version 26.9 (embedded))\n"


@pytest.mark.parametrize(("code", "status"), [(62, 400), (60, 404), (497, 403), (159, 408), (48, 501), (395, 500)])
def test_an_error_of_the_engine_keeps_its_code(code, status):
    error = as_clickhouse(RuntimeError(f"Failed: Code: {code}. DB::Exception: default: why (NAME)"), "bi")
    assert (error.code, error.status) == (code, status)
    assert str(error) == f"Code: {code}. DB::Exception: bi: why (NAME)"


def test_a_defect_of_ours_says_its_kind_and_no_more():
    error = as_clickhouse(KeyError("password=secret"), "bi")
    assert (error.code, error.status) == (1002, 500)
    assert "KeyError" in str(error)
    assert "secret" not in str(error)
