"""The app knows what it made again, and takes nothing else for that."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from portrait.files.system.file_signature import FileSignature
from portrait.photo import made_files
from portrait.photo.made_files import JOURNAL_NAME, STATE_DIR_VARIABLE, MadeFiles, record_path

ROOT = Path(__file__).parents[2]


@pytest.fixture
def made(tmp_path: Path) -> MadeFiles:
    return MadeFiles(tmp_path / "state" / "made.jsonl")


@pytest.fixture
def make(made: MadeFiles) -> Callable[..., Path]:
    """Make a file, as the app does."""

    def make(path: Path, content: bytes = b"portrait", source: Path | None = None) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        made.add(path, FileSignature.read(path), source)
        return path

    return make


def test_the_record_lies_in_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path))
    assert record_path().parent == tmp_path
    monkeypatch.setenv(STATE_DIR_VARIABLE, "")
    monkeypatch.setattr(made_files.platformdirs, "user_state_path", lambda *_, **__: tmp_path / "user")
    assert record_path().parent == tmp_path / "user"


def test_what_was_made_is_known_until_it_changes(make, tmp_path: Path) -> None:
    path = make(tmp_path / "out" / "a b ä\udcff.jpg")
    again = MadeFiles(tmp_path / "state" / "made.jsonl")
    assert again.knows(path)
    os.utime(path, ns=(1, 1))
    assert again.knows(path), "its content is the same"
    path.write_bytes(b"PORTRAIT")
    assert not again.knows(path)
    path.unlink()
    assert not again.knows(path)


def test_every_folder_has_names_of_its_own(made: MadeFiles, make, tmp_path: Path) -> None:
    make(tmp_path / "one" / "a.jpg")
    other = tmp_path / "two" / "a.jpg"
    other.parent.mkdir()
    other.write_bytes(b"portrait")
    assert not made.knows(other)


def test_a_portrait_is_that_of_its_photo(made: MadeFiles, make, tmp_path: Path) -> None:
    first, second = tmp_path / "card1" / "a.jpg", tmp_path / "card2" / "a.jpg"
    path = make(tmp_path / "out" / "a.jpg", source=first)
    assert (made.knows(path), made.knows(path, first), made.knows(path, second)) == (True, True, False)


def test_names_are_found_through_links_and_a_link_is_no_portrait(made: MadeFiles, make, tmp_path: Path) -> None:
    path = make(tmp_path / "real" / "a.jpg")
    (tmp_path / "linked").symlink_to(tmp_path / "real", target_is_directory=True)
    assert made.knows(tmp_path / "linked" / "a.jpg")
    path.rename(tmp_path / "kept.jpg")
    path.symlink_to(tmp_path / "kept.jpg")
    assert not made.knows(path), "the link is somebody else's, though it leads to what was made"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"\x00\xff" * 1000 + b"\n" + content[:-30],
        lambda content: content.replace(b'"size_bytes"', b'"size"'),
        lambda content: content.replace(b'{"source"', b'[{"source"'),
        lambda content: content.replace(b'"outputs": {', b'"outputs": [{'),
        lambda content: b"[" * 100_000 + content,
        lambda content: b"",
    ],
)
def test_what_a_damaged_record_does_not_tell_is_somebody_elses(
    made: MadeFiles, make, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path, record = make(tmp_path / "a.jpg"), tmp_path / "state" / "made.jsonl"
    record.write_bytes(damage(record.read_bytes()))
    assert not made.knows(path)
    assert made.knows(make(tmp_path / "b.jpg")), "what is made from now on is known"
    assert not made.knows(path)


def test_a_record_that_cannot_be_read_knows_nothing_and_says_so(
    made: MadeFiles, make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, record = make(tmp_path / "a.jpg"), tmp_path / "state" / "made.jsonl"
    record.unlink()
    record.mkdir()
    assert not made.knows(path)
    assert "made.jsonl cannot be read" in caplog.text
    with pytest.raises(OSError, match=r"made\.jsonl"):
        made.add(path, FileSignature.read(path))


def test_a_drive_without_locks_is_no_obstacle(
    made: MadeFiles, make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: object, *, wait: bool) -> None:
        raise OSError("no locks here")

    monkeypatch.setattr(made_files, "lock_file", fail)
    assert made.knows(make(tmp_path / "a.jpg"))


def test_what_others_write_while_one_waits_for_the_lock_is_kept(
    made: MadeFiles, make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "state" / "made.jsonl"

    def wait_for_another(file: object, *, wait: bool) -> None:
        assert wait
        record.write_bytes(record.read_bytes() + b'{"source": "x", "out')

    monkeypatch.setattr(made_files, "lock_file", wait_for_another)
    assert made.knows(make(tmp_path / "a.jpg"))
    assert made.knows(make(tmp_path / "b.jpg"))
    assert len(record.read_bytes().splitlines()) == 4


def test_a_full_disk_is_told(made: MadeFiles, make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        """A file on a disk that takes ten bytes more."""

        def seek(self, *_: int) -> int:
            return 0

        def write(self, line: bytes) -> int:
            return min(10, len(line))

    with pytest.raises(OSError, match="No space left"):
        made_files._append_line(Full(), b"x" * 11)  # type: ignore[arg-type]
    made_files._append_line(Full(), b"x" * 10)  # type: ignore[arg-type]


def test_the_oldest_half_is_forgotten_when_the_record_is_full(
    made: MadeFiles, make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made_files, "_MOST_BYTES", 4000)
    paths = [make(tmp_path / f"{index}.jpg", b"%d" % index) for index in range(40)]
    known = [made.knows(path) for path in paths]
    assert known == sorted(known), "the oldest ones first"
    assert 5 <= sum(known) < 40
    assert (tmp_path / "state" / "made.jsonl").stat().st_size <= 4500


def test_many_threads_and_processes_lose_no_line(made: MadeFiles, make, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from portrait.files.system.file_signature import FileSignature\n"
        "from portrait.photo.made_files import MadeFiles\n"
        "for index in range(30): MadeFiles(Path(sys.argv[1])).add("
        "Path(sys.argv[2], f'{index}.jpg'), FileSignature(index, index, 'x' * 3000))"
    )
    record = tmp_path / "state" / "made.jsonl"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, record, tmp_path / str(number)], cwd=ROOT) for number in range(3)
    ]
    signature = FileSignature(1, 1, "y" * 3000)
    threads = [
        threading.Thread(target=lambda: [made.add(tmp_path / "thread.jpg", signature) for _ in range(30)])
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait() for process in processes] == [0, 0, 0]
    lines = record.read_bytes().splitlines()
    assert len(lines) == 180
    assert all(json.loads(line)["outputs"] for line in lines)


def test_the_journal_of_a_batch_is_believed(made: MadeFiles, tmp_path: Path) -> None:
    out, source = tmp_path / "out", tmp_path / "in" / "trip" / "a.jpg"
    path, other = out / "trip" / "a.jpg", out / "trip" / "b.jpg"
    path.parent.mkdir(parents=True)
    for file in (path, other):
        file.write_bytes(b"portrait")
    left = {"size_bytes": 8, "mtime_ns": 1, "sha256": FileSignature.read(path).sha256}
    line = {"state": "done", "input_dir": str(tmp_path / "in"), "source": "trip/a.jpg", "outputs": {"trip/a.jpg": left}}
    (out / JOURNAL_NAME).write_text(json.dumps(line) + "\n")
    assert made.knows(path)
    assert made.knows(path, source)
    assert not made.knows(path, tmp_path / "in" / "a.jpg")
    assert not made.knows(other)
    path.write_bytes(b"PORTRAIT")
    assert not made.knows(path)
