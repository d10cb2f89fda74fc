"""Backups in an object store: whole or not there, and nobody else's objects are touched."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import S3Store

from sklad.backup.bucket import Bucket
from sklad.errors import BackupError
from tests.s3 import BUCKET, serving_s3

NAME = "20260131T020000Z"
# More than one piece.
CONTENT = {"wms.tar": os.urandom(12_000_000), "wms.dump": b"", "manifest.json": b"{}"}


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A running store, to which the variables lead."""
    with serving_s3(tmp_path_factory.mktemp("s3")) as variables, pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(name, value)
        yield


class Place:
    """A prefix of a test's own, which the test looks at by itself."""

    def __init__(self, name: str) -> None:
        self.url = f"s3://{BUCKET}/{name}"
        self.bucket = Bucket(self.url)
        self.store = S3Store.from_url(self.url, client_options={"allow_http": True})

    def backups(self) -> dict[str, set[str]]:
        """Names of the files, by backup."""
        paths = [found["path"].split("/") for page in obstore.list(self.store) for found in page]
        return {name: {file for at, file in paths if at == name} for name, _ in paths if name != "others"}


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """With somebody else's object in it."""
    place = Place(request.node.name)
    obstore.put(place.store, "others/letter.txt", b"mine")
    yield place
    assert bytes(obstore.get(place.store, "others/letter.txt").bytes()) == b"mine"


def a_backup(folder: Path, name: str = NAME) -> Path:
    path = folder / name
    path.mkdir()
    for file, content in CONTENT.items():
        (path / file).write_bytes(content)
    return path


def test_what_is_put_is_what_one_gets(place: Place, tmp_path: Path) -> None:
    url = place.bucket.put(a_backup(tmp_path))
    assert url == f"{place.url}/{NAME}"
    assert place.backups() == {NAME: set(CONTENT)}
    Bucket(url).get(copy := tmp_path / "copy")
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == CONTENT


def test_the_manifest_is_put_last(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is killed has none, so nobody takes it for a backup."""
    put, seen = obstore.put, []

    def look(*arguments: Any, **options: Any) -> Any:
        seen.append(place.backups())
        return put(*arguments, **options)

    monkeypatch.setattr(obstore, "put", look)
    place.bucket.put(a_backup(tmp_path))
    assert seen[-1] == {NAME: {"wms.tar", "wms.dump"}}


def test_of_one_that_could_not_be_copied_whole_nothing_stays(place: Place, tmp_path: Path) -> None:
    backup = a_backup(tmp_path)
    (backup / "gone").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BackupError, match="can't be used"):
        place.bucket.put(backup)
    assert place.backups() == {}


def test_what_was_cut_off_is_removed_a_day_later_by_the_next(place: Place, tmp_path: Path) -> None:
    cut_off = "20260130T020000Z"
    obstore.put(place.store, f"{cut_off}/wms.tar", b"half of it")
    with pytest.raises(BackupError, match=r"is no backup: it has no manifest\.json"):
        Bucket(f"{place.url}/{cut_off}").get(tmp_path / "copy")
    place.bucket.remove_abandoned()
    place.bucket.put(a_backup(tmp_path))
    assert set(place.backups()) == {NAME}


def test_the_newest_are_kept(place: Place, tmp_path: Path) -> None:
    for day in (1, 2, 3):
        place.bucket.put(a_backup(tmp_path, f"2026010{day}T020000Z"))
    assert place.bucket.prune(2) == 1
    assert set(place.backups()) == {"20260102T020000Z", "20260103T020000Z"}
    assert place.bucket.prune(2) == 0


@pytest.mark.parametrize("url", ["s3://", "https://bucket/x", "s3://key:secret@bucket/x"])
def test_what_names_no_bucket_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BackupError, match="names no bucket") as refused:
        Bucket(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value", "url"),
    [
        ("AWS_SECRET_ACCESS_KEY", "wrong", f"s3://{BUCKET}/x"),
        ("AWS_REGION", "us-east-1", "s3://nowhere/x"),
        ("AWS_ENDPOINT", "http://127.0.0.1:1", f"s3://{BUCKET}/x"),
    ],
)
def test_a_store_that_refuses_is_said_without_its_keys(
    variable: str, value: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BackupError, match=r"can't be used.*\nIs the bucket there, and do AWS_ACCESS_KEY_ID") as refused:
        Bucket(url).put(a_backup(tmp_path))
    with pytest.raises(BackupError, match="can't be used"):  # before anything is backed up
        Bucket(url).remove_abandoned()
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in str(refused.value)
