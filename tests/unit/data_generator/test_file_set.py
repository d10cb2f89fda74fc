"""A set of files appears together, complete, or not at all."""

import pytest

from data_generator.csv_files import write_rows
from data_generator.errors import OutputError
from data_generator.file_set import file_set


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_have_their_names_only_when_all_are_complete(tmp_path):
    with file_set(tmp_path, ["a.csv", "b.csv"]) as files:
        write_rows(files["a.csv"], ["id"], [[1]])
        assert names(tmp_path) == ["a.csv.part", "b.csv.part"]
    assert names(tmp_path) == ["a.csv", "b.csv"]


def test_a_failure_leaves_the_old_files_and_no_others(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(ZeroDivisionError), file_set(tmp_path, ["a.csv", "b.csv"]) as files:
        write_rows(files["a.csv"], ["id"], [[1 // 0]])
    assert names(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "old"


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    unusable = file_set(tmp_path / "file" / "below", ["a.csv"])
    with pytest.raises(OutputError, match=r"Can't write the files in .*/file/below.*--out"), unusable:
        pass


def test_a_full_disk_is_told(tmp_path):
    (tmp_path / "a.csv.part").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left on device"), file_set(tmp_path, ["a.csv"]) as files:
        write_rows(files["a.csv"], ["id"], [[1]])
    assert names(tmp_path) == []


def test_text_is_quoted_where_needed_and_lines_end_alike_everywhere(tmp_path):
    with file_set(tmp_path, ["a.csv"]) as files:
        assert write_rows(files["a.csv"], ["id", "name"], [(1, "Сок «Вера», 0,5 л"), (2, "Соль")]) == 2
    assert (tmp_path / "a.csv").read_bytes().decode() == 'id,name\n1,"Сок «Вера», 0,5 л"\n2,Соль\n'
