"""A CSV file: however a spreadsheet or a phone system wrote it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from destination_hubspot_calls.airbyte.csv_file import WrongCsv, messages, rows, stream_name

ROWS = [{"id": "1", "Größe": "a, b"}, {"id": "2", "Größe": "zwei\nZeilen"}]


def written(folder: Path, content: bytes) -> str:
    path = folder / "log.csv"
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_letters_and_lines(delimiter: str, encoding: str, end: str, tmp_path: Path) -> None:
    """A file is read as it was meant; quoted cells hold commas and lines."""
    lines = [["id", "Größe"], ["1", '"a, b"'], ["2", '"zwei\nZeilen"']]
    text = end.join(delimiter.join(line) for line in lines) + end
    assert [*rows(written(tmp_path, text.encode(encoding)))] == ROWS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,note\n1,x\n\n,\n2,y\n", [{"id": "1", "note": "x"}, {"id": "2", "note": "y"}]),
        ("id,note\n1\n2,y,z\n", [{"id": "1"}, {"id": "2", "note": "y"}]),
        ("id,note,note,\n1,x,y,z\n", [{"id": "1", "note": "x", "note 2": "y"}]),
        (' id ,"a; b; c"\n1,x\n', [{"id": "1", "a; b; c": "x"}]),
        ("id\n1\n2\n", [{"id": "1"}, {"id": "2"}]),
        ("id,at\n", []),
        ("sep=;\nid;note\n1;a,b,c\n", [{"id": "1", "note": "a,b,c"}]),
        ('"sep=,"\r\nid,note\r\n1,"a;b"\r\n', [{"id": "1", "note": "a;b"}]),
        ("sep=\t\nid\tnote\n1\tx\n", [{"id": "1", "note": "x"}]),
        ("id,note\r1,x\r2,y\r", [{"id": "1", "note": "x"}, {"id": "2", "note": "y"}]),
    ],
)
def test_rows_by_their_columns(text: str, expected: list[dict[str, str]], tmp_path: Path) -> None:
    """Empty rows are none, short rows lack their last columns, columns of one name stay apart."""
    assert [*rows(written(tmp_path, text.encode()))] == expected


@pytest.mark.parametrize("content", [b"", b"\n\n", b",,\n1,2,3\n"])
def test_a_file_without_names_is_none(content: bytes, tmp_path: Path) -> None:
    """Cells of columns without a name could not be mapped."""
    with pytest.raises(WrongCsv, match="has no first row that names its columns"):
        [*rows(written(tmp_path, content))]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A folder, a typing error, a file of someone else: a sentence."""
    for path in (tmp_path, tmp_path / "nothing.csv"):
        with pytest.raises(WrongCsv, match="cannot be read"):
            [*rows(str(path))]


def test_rows_as_messages(tmp_path: Path) -> None:
    """A source would send the same, with a state at the end."""
    record, state = map(orjson.loads, messages(written(tmp_path, b"id\n1\n"), "calls"))
    assert (record["type"], record["record"]["stream"], record["record"]["data"]) == ("RECORD", "calls", {"id": "1"})
    assert state["type"] == "STATE"
    assert state["state"]["stream"]["stream_descriptor"] == {"name": "calls"}


def test_the_stream_is_named_by_the_file() -> None:
    """A mapping names its stream; for a file it is enough to know the file."""
    assert stream_name("/home/me/Call log.csv") == "Call log"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_letters_of_two_bytes_without_a_mark(encoding: str, tmp_path: Path) -> None:
    """As databases export them."""
    assert [*rows(written(tmp_path, "id,note\n1,ä\n".encode(encoding)))] == [{"id": "1", "note": "ä"}]


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_workbook_is_told_as_one(start: bytes, tmp_path: Path) -> None:
    """Read as text it would be a file of nonsense."""
    with pytest.raises(WrongCsv, match="save it as CSV"):
        [*rows(written(tmp_path, start + b"\x00" * 99))]


def test_a_packed_file_is_told_as_one(tmp_path: Path) -> None:
    """Its bytes are letters, too, but say nothing."""
    with pytest.raises(WrongCsv, match="unpack it"):
        [*rows(written(tmp_path, b"\x1f\x8b\x08\x00" * 9))]


def test_a_byte_that_is_no_letter_costs_itself(tmp_path: Path) -> None:
    """The rest of its cell, and each row after it, are as good as ever."""
    assert [*rows(written(tmp_path, b"id,note\n1,\xe4\x81b\n2,x\n"))] == [
        {"id": "1", "note": "ä\ufffdb"},
        {"id": "2", "note": "x"},
    ]
