import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portrait.errors import ImageFileError
from portrait.files.system import atomic
from portrait.files.system.atomic import (
    publish,
    remove_partial_files,
    require_writable,
    take_free_name,
    write_atomically,
    write_considerately,
)
from portrait.files.system.file_signature import FileSignature


def test_new_file_and_replaced_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, b"one")
    write_atomically(path, memoryview(b"two"))
    assert path.read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_mode_is_that_of_any_new_file(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.write_bytes(b"")
    path = tmp_path / "a.bin"
    write_atomically(path, b"one")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)


def test_longest_name_is_saved(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".bin")
    write_atomically(path, b"one")
    assert path.read_bytes() == b"one"


def test_writable_is_found_out_without_a_trace(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"old")
    for name in ("a.bin", "b.bin"):
        require_writable(tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"old"
    with pytest.raises(ImageFileError, match="does not exist"):
        require_writable(tmp_path / "none" / "a.bin")
    with pytest.raises(ImageFileError, match="is a folder"):
        require_writable(tmp_path)


@pytest.mark.parametrize("attempt", [require_writable, lambda path: write_atomically(path, b"new")])
@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EIO, "cannot be saved"),
        (errno.EROFS, "No permission to write in"),
    ],
)
def test_failure_while_writing_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str, attempt: Callable[[Path], None]
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic.os, "fsync", fail)
    with pytest.raises(ImageFileError, match=message) as caught:
        attempt(path)
    assert caught.value.hint
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.bin", b"new")
    assert list(tmp_path.iterdir()) == []


def test_forbidden_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(atomic.os, "open", refuse)
    with pytest.raises(ImageFileError, match="No permission to write in") as caught:
        write_atomically(tmp_path / "a.bin", b"new")
    assert "another folder" in caught.value.hint


def test_missing_folder_and_folder_as_target(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match="does not exist"):
        write_atomically(tmp_path / "none" / "a.bin", b"new")
    with pytest.raises(ImageFileError, match="is a folder"):
        write_atomically(tmp_path, b"new")


def test_partial_files_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".portrait-0123.part").write_bytes(b"half")
    (tmp_path / "photo.jpg").write_bytes(b"whole")
    assert remove_partial_files(tmp_path) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["photo.jpg"]


def refuse(path: Path) -> None:
    raise ImageFileError(f"{path} stays")


def allow(path: Path) -> None:
    """Raise nothing."""


def keep_signature(into: list[FileSignature]) -> Callable[[Path], None]:
    return lambda finished: into.append(FileSignature.read(finished))


@pytest.fixture(params=["links", "no links"])
def _second_names(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """File systems with and without hard links."""

    def fail(path: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if request.param == "no links":
        monkeypatch.setattr(Path, "hardlink_to", fail)


@pytest.mark.usefixtures("_second_names")
def test_a_free_name_is_taken_and_a_taken_one_is_asked_about(tmp_path: Path) -> None:
    path, left = tmp_path / "a.bin", list[FileSignature]()
    write_considerately(path, b"one", require_replaceable=refuse, on_finished=keep_signature(left))
    with pytest.raises(ImageFileError, match=r"a\.bin stays"):
        write_considerately(path, b"two", require_replaceable=refuse, on_finished=keep_signature(left))
    assert path.read_bytes() == b"one"
    assert [signature.fits(path) for signature in left] == [True, False]
    write_considerately(path, b"three", require_replaceable=allow, on_finished=keep_signature(left))
    assert path.read_bytes() == b"three"
    assert left[-1].fits(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


@pytest.mark.usefixtures("_second_names")
def test_a_file_that_comes_at_the_last_moment_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with pytest.raises(ImageFileError, match="stays"):
        write_considerately(
            path, b"new", require_replaceable=refuse, on_finished=lambda finished: path.write_bytes(b"theirs") and None
        )
    assert path.read_bytes() == b"theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


@pytest.mark.usefixtures("_second_names")
def test_a_link_that_leads_nowhere_has_its_name(tmp_path: Path) -> None:
    link = tmp_path / "link.bin"
    link.symlink_to(tmp_path / "gone.bin")
    with pytest.raises(ImageFileError, match="stays"):
        write_considerately(link, b"new", require_replaceable=refuse, on_finished=allow)
    assert link.is_symlink()
    assert not (tmp_path / "gone.bin").exists()


@pytest.mark.usefixtures("_second_names")
def test_what_cannot_be_written_considerately_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match="does not exist"):
        write_considerately(tmp_path / "none" / "a.bin", b"new", require_replaceable=allow, on_finished=allow)
    with pytest.raises(ImageFileError, match="is a folder"):
        write_considerately(tmp_path, b"new", require_replaceable=allow, on_finished=allow)


@pytest.mark.usefixtures("_second_names")
def test_a_large_file_written_elsewhere_gets_its_name(tmp_path: Path) -> None:
    path, finished, left = tmp_path / "a.mp4", tmp_path / "work" / "next.part", list[FileSignature]()
    finished.parent.mkdir()
    finished.write_bytes(b"one")
    publish(finished, path, require_replaceable=refuse, on_finished=keep_signature(left))
    assert path.read_bytes() == b"one"
    assert left[-1].fits(path)
    assert not finished.exists()
    finished.write_bytes(b"two")
    with pytest.raises(ImageFileError, match=r"a\.mp4 stays"):
        publish(finished, path, require_replaceable=refuse, on_finished=allow)
    assert path.read_bytes() == b"one"
    assert finished.read_bytes() == b"two"
    publish(finished, path, require_replaceable=allow, on_finished=allow)
    assert path.read_bytes() == b"two"


def test_a_large_file_that_cannot_get_its_name_is_kept(tmp_path: Path) -> None:
    finished = tmp_path / "next.part"
    finished.write_bytes(b"new")
    with pytest.raises(ImageFileError, match="is a folder"):
        publish(finished, tmp_path, require_replaceable=allow, on_finished=allow)
    with pytest.raises(ImageFileError, match="does not exist"):
        publish(finished, tmp_path / "none" / "a.mp4", require_replaceable=allow, on_finished=allow)
    assert finished.read_bytes() == b"new"


def test_a_free_name_is_taken_and_the_old_one_given_up(tmp_path: Path) -> None:
    finished, path = tmp_path / "a.part", tmp_path / "a.mp4"
    finished.write_bytes(b"whole")
    take_free_name(finished, path)
    assert path.read_bytes() == b"whole"
    assert not finished.exists()


@pytest.mark.parametrize("links_work", [True, False])
def test_a_taken_name_is_left_alone(links_work: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished, path = tmp_path / "a.part", tmp_path / "a.mp4"
    finished.write_bytes(b"new")
    path.write_bytes(b"of another program")
    if not links_work:
        monkeypatch.setattr(Path, "hardlink_to", _refuse_link)
    with pytest.raises(FileExistsError):
        take_free_name(finished, path)
    assert (path.read_bytes(), finished.read_bytes()) == (b"of another program", b"new")


def _refuse_link(self: Path, target: Path) -> None:
    raise OSError(errno.EPERM, "no hard links here")
