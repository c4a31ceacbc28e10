"""What a store of rejected records keeps: every record as it came, so that it can be mended and sent again."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_hubspot_calls.airbyte.protocol import read_line
from destination_hubspot_calls.messages import Reason, Rejection, Stream, Unlinked
from destination_hubspot_calls.rejects.line import encode, encode_unlinked
from destination_hubspot_calls.rejects.local import LocalRejects, file_name
from destination_hubspot_calls.rejects.store import StoreError
from unit_tests.entries import CALLS, link_rule, rejection

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def record(data: object, **more: object) -> bytes:
    return json.dumps({"type": "RECORD", "record": {"stream": "calls", "data": data}, **more}).encode()


def finite(value: object) -> object:
    """A value as plain JSON has it."""
    return json.loads(
        json.dumps(value), parse_constant=lambda name: {"NaN": "nan", "Infinity": "inf"}.get(name, "-inf")
    )


@given(st.dictionaries(st.text(), JSON))
def test_a_kept_record_is_the_record_and_its_reason(data: dict[str, object]) -> None:
    """Whoever mends the cause pipes the file in again; what changed on the way would be another call."""
    kept = Rejection(CALLS, "7", "a reason", record(data), "mappings[0].properties[1]", 'HubSpot\'s "words"')
    text = encode(kept)
    assert text.endswith(b"}\n")
    assert text.count(b"\n") == 1
    message = json.loads(text, parse_constant=pytest.fail)
    assert message["record"] == {"stream": "calls", "data": finite(data)}
    assert message["rejection"] == {
        "reason": "a reason",
        "rule": "mappings[0].properties[1]",
        "hubspot": 'HubSpot\'s "words"',
        "key": "7",
    }
    again = read_line(text.strip(), 1)
    assert again is not None
    assert again.stream == Stream("calls")


def test_integers_stay_exact() -> None:
    """An id that loses a digit is another id."""
    assert json.loads(encode(rejection(1, line=record({"id": 2**70}))))["record"]["data"]["id"] == 2**70


def test_a_record_that_was_rejected_before_holds_its_last_reason_only() -> None:
    """A file that is piped in again has reasons in it; of two in one object each reader takes another."""
    before = record({"id": 1}, rejection={"reason": "old"})
    text = encode(rejection(1, line=before, reason="new"))
    assert text.count(b'"rejection"') == 1
    assert json.loads(text)["rejection"]["reason"] == "new"


@pytest.mark.parametrize("depth", [200, 500, 1000])
def test_deep_records_are_kept(depth: int) -> None:
    """A reader that gives up on them would end the sync at a record that it should reject."""
    line = b'{"type":"RECORD","record":{"stream":"calls","data":{"a":%b1%b}}}' % (b"[" * depth, b"]" * depth)
    assert encode(rejection(1, line=line)).startswith(line[:-1])


def test_what_no_reader_takes_is_kept_as_text() -> None:
    """Kept in any form it is not lost."""
    line = b'{"type":"RECORD","record":{"stream":"calls","data":{"a":%b' % (b"[" * 5000)
    assert json.loads(encode(rejection(1, line=line)))["unreadable"] == line.decode()


def test_a_file_is_readable_by_its_owner_only_and_holds_all(tmp_path: Path) -> None:
    """Rejected rows are people's data."""
    store = LocalRejects(str(tmp_path / "new" / "folder"), "file.jsonl")
    store.probe()
    assert list(tmp_path.iterdir()) == []  # a check leaves nothing behind
    for number in range(3):
        store.store([rejection(number, line=record({"id": number})), rejection(number, line=record({"id": -number}))])
    path = tmp_path / "new" / "folder" / "rejected-file.jsonl"
    assert store.place == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = [json.loads(text)["record"]["data"]["id"] for text in path.read_text().splitlines()]
    assert kept == [0, 0, 1, -1, 2, -2]


def test_what_python_cannot_read_is_kept_as_it_came() -> None:
    """Other readers may: the row is the source's, and it is sent again once it was fixed there."""
    line = b'{"type":"RECORD","record":{"stream":"calls","data":{"a":"Jos\xe9","b":%b}}}' % (b"7" * 5000)
    kept = encode(rejection(1, line=line))
    assert kept.startswith(line[:-1] + b',"rejection":{"reason":')
    again = encode(rejection(1, line=kept.strip(), reason="another"))
    assert again == kept.replace(b"hs_timestamp: no time", b"another")


@pytest.mark.parametrize("taken", ["file", "folder"])
def test_what_is_taken_away_in_mid_sync_is_made_again(tmp_path: Path, taken: str) -> None:
    """A clean-up of the folder: rows would go into a file that has no name any more."""
    folder = tmp_path / "rejects"
    store = LocalRejects(str(folder), "file.jsonl")
    store.store([rejection(1, line=record({"id": 1}))])
    if taken == "file":
        (folder / "rejected-file.jsonl").unlink()
    else:
        folder.rename(tmp_path / "elsewhere")
    store.store([rejection(2, line=record({"id": 2}))])
    assert json.loads((folder / "rejected-file.jsonl").read_text())["record"]["data"]["id"] == 2


def test_two_syncs_never_share_a_file(tmp_path: Path) -> None:
    """What one takes back of a full disk would be the other's rows; in containers all have the same process id."""
    assert file_name() != file_name()
    LocalRejects(str(tmp_path), "file.jsonl").store([rejection(1, line=record({"id": 1}))])
    with pytest.raises(StoreError):
        LocalRejects(str(tmp_path), "file.jsonl").store([rejection(2, line=record({"id": 2}))])


def test_a_folder_that_may_not_be_listed_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check passes, and the first rejection would end the sync."""
    opened = os.open

    def refusing(path: Path, flags: int, mode: int = 0o777) -> int:
        if Path(path) == tmp_path:
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", refusing)
    LocalRejects(str(tmp_path), "file.jsonl").store([rejection(1, line=record({"id": 1}))])
    assert (tmp_path / "rejected-file.jsonl").read_bytes()


def test_what_settles_together_is_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """60 MB of rejections joined to one text took 276 MB."""
    sizes: list[int] = []
    written = os.write

    def write(file: int, data: bytes) -> int:
        sizes.append(len(data))
        return written(file, data)

    monkeypatch.setattr(os, "write", write)
    rows = [rejection(number, line=record({"id": number, "text": "x" * 10_000})) for number in range(500)]
    LocalRejects(str(tmp_path), "file.jsonl").store(rows)
    assert sum(sizes) > 5_000_000
    assert max(sizes) < 2_000_000


def test_a_full_disk_is_told_and_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a line would make the file unreadable, and a state would cover a row that is not in it."""
    store = LocalRejects(str(tmp_path), "file.jsonl")
    store.store([rejection(1, line=record({"id": 1}))])
    before = (tmp_path / "rejected-file.jsonl").read_bytes()
    written = os.write
    space = 60

    def write(file: int, data: bytes) -> int:
        nonlocal space
        if not space:
            raise OSError(28, "No space left on device")
        done = written(file, data[:space])
        space -= done
        return done

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(StoreError, match="No space left on device"):
        store.store([rejection(2, line=record({"id": 2}))])
    assert (tmp_path / "rejected-file.jsonl").read_bytes() == before


def test_a_folder_that_cannot_be_written_is_told_before_the_first_record(tmp_path: Path) -> None:
    """At the first rejected record it would be too late: the sync has run for hours."""
    (tmp_path / "file").write_text("in the way")
    store = LocalRejects(str(tmp_path / "file"), "file.jsonl")
    with pytest.raises(StoreError, match="mount a folder there"):
        store.probe()


def test_each_thing_that_is_wrong_is_kept_with_its_value() -> None:
    """A person sorts the file by reason, and looks at what did not fit."""
    reason = Reason("hs_timestamp: no time", "hs_timestamp", "mappings[0].properties[0]", "31/31/2026")
    kept = json.loads(encode(Rejection(CALLS, "7", "joined", record({"id": 7}), reasons=(reason,))))
    assert kept["rejection"]["reasons"] == [
        {"reason": reason.words, "about": reason.about, "rule": reason.rule, "value": "31/31/2026"}
    ]


def unlinked(number: int, line: bytes = b"") -> Unlinked:
    return Unlinked(CALLS, str(number), line or record({"id": number}), link_rule(), "nobody has it", "999")


def test_calls_without_a_link_have_a_file_of_their_own(tmp_path: Path) -> None:
    """They are in HubSpot, so they must not stand among the rejected; and they can be sent again as well."""
    store = LocalRejects(str(tmp_path), "file.jsonl")
    store.store_unlinked([unlinked(1), unlinked(2)])
    store.store_unlinked([unlinked(3)])
    assert store.unlinked_place == str(tmp_path / "unlinked-file.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["unlinked-file.jsonl"]
    kept = [json.loads(text) for text in (tmp_path / "unlinked-file.jsonl").read_text().splitlines()]
    assert [message["record"]["data"]["id"] for message in kept] == [1, 2, 3]
    assert kept[0]["unlinked"] == {
        "key": "1",
        "stream": "calls",
        "rule": "mappings[0].associations[0]",
        "object_type": "contacts",
        "match_by": "record_id",
        "source": "contact",
        "cause": "nobody has it",
        "value": "999",
    }


def test_a_line_that_is_sent_again_says_why_it_is_kept_this_time() -> None:
    """Two members of one name: which of them counts is every reader's own idea."""
    again = encode_unlinked(unlinked(1, encode_unlinked(unlinked(2))[:-1]))
    assert again.count(b'"unlinked"') == 1
    assert json.loads(again)["unlinked"]["key"] == "1"
