import errno
import hashlib
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from portrait.batch.journal import JOURNAL_NAME, JournalKey, open_journal
from portrait.errors import ImageFileError, PortraitError
from portrait.files.system import file_lock
from portrait.files.system.file_signature import FileSignature

KEY = JournalKey("trip/a.jpg", "trip/a.png", "/mattes/a.png", 100, 123_456_789, "fingerprint")


def test_done_is_remembered_over_runs(tmp_path: Path) -> None:
    with open_journal(tmp_path, tmp_path) as journal:
        assert not journal.is_done(KEY)
        journal.append("started", KEY)
        assert not journal.is_done(KEY)
        journal.append("done", KEY)
    with open_journal(tmp_path, tmp_path) as journal:
        assert journal.is_done(KEY)
        for changed in ({"size_bytes": 101}, {"mtime_ns": 1}, {"fingerprint": "x"}, {"output": "trip/a.jpg"}):
            assert not journal.is_done(replace(KEY, **changed))


@pytest.mark.parametrize("shared", ["output", "matte"])
def test_only_what_was_done_last_under_a_name_is_done(tmp_path: Path, shared: str) -> None:
    other = replace(JournalKey("b", "b", "b", 1, 1, "other"), **{shared: getattr(KEY, shared)})
    with open_journal(tmp_path, tmp_path) as journal:
        for key in (KEY, other, KEY):
            journal.append("done", key)
        assert (journal.is_done(KEY), journal.is_done(other)) == (True, False)
        journal.append("started", other)
        assert not journal.is_done(KEY), "half of the other may lie there"
        journal.append("failed", other, {})
    with open_journal(tmp_path, tmp_path) as journal:
        assert not journal.is_done(KEY)
        journal.append("nobody", other)
        assert journal.is_done(other)
        assert journal.is_without_output(other)
        assert not journal.is_without_output(KEY)


def test_half_last_line_is_closed(tmp_path: Path) -> None:
    with open_journal(tmp_path, tmp_path) as journal:
        journal.append("done", KEY)
        journal.append("done", replace(KEY, source="b.jpg"))
    path = tmp_path / JOURNAL_NAME
    path.write_bytes(path.read_bytes()[:-20])
    with open_journal(tmp_path, tmp_path) as journal:
        assert journal.is_done(KEY)
        assert not journal.is_done(replace(KEY, source="b.jpg"))
        journal.append("done", replace(KEY, source="c.jpg"))
    with open_journal(tmp_path, tmp_path) as journal:
        assert journal.is_done(replace(KEY, source="c.jpg"))


def test_lines_that_make_no_sense_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_NAME).write_bytes(b'\n[1]\n{"state": "done"}\n\xff\xfe\nnull\n')
    with open_journal(tmp_path, tmp_path) as journal:
        assert not journal.is_done(KEY)
        assert not journal.owns(KEY.output, tmp_path / KEY.output)


SIGNATURE = asdict(FileSignature(8, 1, "hash"))


@pytest.mark.parametrize(
    "odd",
    [
        {"outputs": None},
        {"outputs": []},
        {"outputs": {KEY.output: None}},
        {"outputs": {KEY.output: {"size_bytes": 8, "mtime_ns": 1}}},
        {"outputs": {KEY.output: SIGNATURE | {"size_bytes": "8"}}},
        {"output": ["a"]},
        {"mtime_ns": 1.5},
        {"state": "paused"},
        {"state": []},
        {"input_dir": None},
    ],
)
def test_a_record_that_does_not_fit_is_passed_over(tmp_path: Path, odd: dict[str, object]) -> None:
    record = {"state": "done", "input_dir": str(tmp_path), **asdict(KEY), "outputs": {}} | odd
    (tmp_path / JOURNAL_NAME).write_text(json.dumps(record) + "\n")
    with open_journal(tmp_path, tmp_path) as journal:
        assert not journal.is_done(KEY)
        assert not journal.owns(KEY.output, tmp_path / KEY.output)


def test_what_a_later_version_adds_is_passed_over(tmp_path: Path, output: Path) -> None:
    known = {name: asdict(signature) | {"new": 1} for name, signature in signatures(output).items()}
    record = {"state": "done", "input_dir": "in", **asdict(KEY), "outputs": known, "new": 1}
    (tmp_path / "out" / JOURNAL_NAME).write_text(json.dumps(record) + "\n")
    with open_journal(tmp_path / "out", tmp_path) as journal:
        assert journal.is_done(KEY)
        assert journal.owns(KEY.output, output, of_any_input=True)
        output.write_bytes(b"mine")
        assert not journal.owns(KEY.output, output, of_any_input=True)


def test_names_that_are_no_text_survive(tmp_path: Path) -> None:
    key = replace(KEY, source="caf\udce9.jpg")  # Latin-1 bytes in a file name
    with open_journal(tmp_path, tmp_path) as journal:
        journal.append("done", key)
    with open_journal(tmp_path, tmp_path) as journal:
        assert journal.is_done(key)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A portrait that is there."""
    path = tmp_path / "out" / KEY.output
    path.parent.mkdir(parents=True)
    path.write_bytes(b"portrait")
    return path


def signatures(path: Path) -> dict[str, FileSignature]:
    signature = FileSignature.of(path)
    return {} if signature is None else {KEY.output: signature}


def test_ownership_of_outputs(tmp_path: Path, output: Path) -> None:
    with open_journal(tmp_path / "out", tmp_path / "in") as journal:
        assert not journal.owns(KEY.output, output)
        journal.append("started", KEY)
        assert journal.owns(KEY.output, output)
        journal.append("failed", KEY, {})
        assert not journal.owns(KEY.output, output)
        journal.append("done", KEY, signatures(output))
        journal.append("started", KEY)
        journal.append("failed", KEY, signatures(output))
        assert journal.owns(KEY.output, output)
    with open_journal(tmp_path / "out", tmp_path / "other") as journal:
        assert not journal.owns(KEY.output, output)
        assert journal.owns(KEY.output, output, of_any_input=True)


def test_what_was_changed_since_is_somebody_elses(tmp_path: Path, output: Path) -> None:
    with open_journal(tmp_path / "out", tmp_path / "in") as journal:
        journal.append("done", KEY, signatures(output))
    for content in (b"mine!!!!", b"mine, and of another size"):
        output.write_bytes(content)
        os.utime(output, ns=(0, 0))
        with open_journal(tmp_path / "out", tmp_path / "in") as journal:
            assert not journal.owns(KEY.output, output)
            assert not journal.owns(KEY.output, output, of_any_input=True)


def test_what_is_changed_while_its_signature_is_taken_is_somebody_elses(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_digest = hashlib.file_digest

    def change_after_reading(*words: Any) -> object:
        digest = really_digest(*words)
        output.write_bytes(b"mine!!!!")
        os.utime(output, ns=(0, 0))
        return digest

    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "file_digest", change_after_reading)
        signature = FileSignature.of(output)
    assert signature is not None
    assert not signature.fits(output)


def test_a_copied_folder_has_new_times_and_is_ours(tmp_path: Path, output: Path) -> None:
    with open_journal(tmp_path / "out", tmp_path / "in") as journal:
        journal.append("done", KEY, signatures(output))
        os.utime(output, ns=(0, 0))
        assert journal.owns(KEY.output, output)


def test_journals_of_before_go_by_name(tmp_path: Path, output: Path) -> None:
    def write(*states: str) -> None:
        rows = [{"state": state, "input_dir": str(tmp_path / "in"), **asdict(KEY)} for state in states]
        (tmp_path / "out" / JOURNAL_NAME).write_text("".join(json.dumps(row) + "\n" for row in rows))

    for states, is_ours in (
        (("started", "done"), True),
        (("started",), True),
        (("started", "done", "started", "failed"), True),
        (("started", "failed"), False),
        (("started", "nobody"), False),
    ):
        write(*states)
        with open_journal(tmp_path / "out", tmp_path / "in") as journal:
            assert journal.owns(KEY.output, output) == is_ours, states
            assert journal.owns(KEY.matte, output) == is_ours, states


def test_one_batch_a_folder(tmp_path: Path) -> None:
    with (
        open_journal(tmp_path, tmp_path),
        pytest.raises(PortraitError, match="Another batch"),
        open_journal(tmp_path, tmp_path),
    ):
        pass
    with open_journal(tmp_path, tmp_path) as journal:
        journal.append("done", KEY)


def test_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with open_journal(tmp_path, tmp_path) as journal:
        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(ImageFileError, match="The disk is full"):
            journal.append("done", KEY)
    assert (tmp_path / JOURNAL_NAME).read_bytes() == b""


def test_drive_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: object, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(file_lock, "sys", SimpleNamespace(platform="linux"))
    monkeypatch.setitem(sys.modules, "fcntl", SimpleNamespace(flock=refuse, LOCK_EX=2, LOCK_NB=4))
    with pytest.raises(ImageFileError, match="No locks available"), open_journal(tmp_path, tmp_path):
        pass


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImageFileError), open_journal(tmp_path / "file" / "out", tmp_path):
        pass
