import errno
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from portrait.batch import journal as journal_module
from portrait.batch.journal import JOURNAL_NAME, JournalKey, open_journal
from portrait.errors import ImageFileError, PortraitError

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
        assert not journal.owns(KEY.output)


def test_names_that_are_no_text_survive(tmp_path: Path) -> None:
    key = replace(KEY, source="caf\udce9.jpg")  # Latin-1 bytes in a file name
    with open_journal(tmp_path, tmp_path) as journal:
        journal.append("done", key)
    with open_journal(tmp_path, tmp_path) as journal:
        assert journal.is_done(key)


def test_ownership_of_outputs(tmp_path: Path) -> None:
    with open_journal(tmp_path / "out", tmp_path / "in") as journal:
        journal.append("started", KEY)
        assert journal.owns(KEY.output)
        assert journal.owns(KEY.matte)
        journal.append("failed", KEY)
        assert not journal.owns(KEY.output)
        assert not journal.owns(KEY.matte)
        journal.append("done", KEY)
        journal.append("started", KEY)
        journal.append("failed", KEY)
        assert journal.owns(KEY.output)
    with open_journal(tmp_path / "out", tmp_path / "other") as journal:
        assert not journal.owns(KEY.output)
        assert journal.owns(KEY.output, of_any_input=True)


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
        monkeypatch.setattr(journal_module.os, "fsync", fail)
        with pytest.raises(ImageFileError, match="The disk is full"):
            journal.append("done", KEY)
    assert (tmp_path / JOURNAL_NAME).read_bytes() == b""


def test_drive_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: object, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(journal_module, "sys", SimpleNamespace(platform="linux"))
    monkeypatch.setitem(sys.modules, "fcntl", SimpleNamespace(flock=refuse, LOCK_EX=2, LOCK_NB=4))
    with pytest.raises(ImageFileError, match="No locks available"), open_journal(tmp_path, tmp_path):
        pass


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImageFileError), open_journal(tmp_path / "file" / "out", tmp_path):
        pass
