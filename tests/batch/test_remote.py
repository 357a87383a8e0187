"""Batches whose photos and portraits lie behind URLs: in memory, on a server that speaks S3, on a web server."""

import functools
import http.server
import json
import threading
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest

from portrait.batch.events import BatchEvent, JobDone, JobFailed, JobSkipped
from portrait.batch.journal import JOURNAL_NAME
from portrait.batch.storage import RemotePath, remote, storage_of
from portrait.batch.storage.remote_journal import LOCK_NAME
from portrait.batch.storage.remote_path import parse_place
from portrait.cli.batch_options import parse_mattes
from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError, PortraitError
from tests.batch.remote_places import Files, files_below, journal_lines, lock_of, put


@pytest.fixture
def local_photos(tmp_path: Path, write_photo: Callable[..., Path]) -> Files:
    """Three photos in two folders, a broken one and a text."""
    for index, name in enumerate(("a.jpg", "b.png", "trip/day 1/ä.jpg")):
        write_photo(tmp_path / "in" / name, height=40 + index)
    (tmp_path / "in" / "broken.jpg").write_text("no photo")
    (tmp_path / "in" / "notes.txt").write_text("a text")
    return {
        path.relative_to(tmp_path / "in").as_posix(): path.read_bytes()
        for path in (tmp_path / "in").rglob("*")
        if path.is_file()
    }


def names(events: list[BatchEvent], kind: type) -> list[str]:
    return sorted(event.job.source.name for event in events if isinstance(event, kind))


def test_a_remote_folder_gives_the_portraits_of_a_local_one(
    root: RemotePath, local_photos: Files, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    put(root / "in", local_photos)
    events = run(root / "in", root / "out", engine)
    assert names(events, JobDone) == ["a.jpg", "b.png", "ä.jpg"]
    [failed] = [event for event in events if isinstance(event, JobFailed)]
    assert f"{root}/in/broken.jpg" in failed.message
    [report] = [event.report for event in events if isinstance(event, JobDone) and event.job.source.name == "ä.jpg"]
    assert (str(report.input), str(report.output)) == (f"{root}/in/trip/day 1/ä.jpg", f"{root}/out/trip/day 1/ä.jpg")
    run(tmp_path / "in", tmp_path / "local", engine)
    made = files_below(root / "out")
    assert set(made) == {"a.jpg", "b.png", "trip/day 1/ä.jpg"}, "nothing else, no half file, no lock"
    assert all((tmp_path / "local" / name).read_bytes() == data for name, data in made.items())
    assert files_below(root / "in") == local_photos
    with pytest.raises(FileExistsError):
        storage_of(root).write(root / "out" / "a.jpg", b"another's", may_replace=False)
    # Again: nothing is done twice.
    assert names(run(root / "in", root / "out", engine), JobSkipped) == ["a.jpg", "b.png", "ä.jpg"]


@pytest.mark.parametrize("root", ["memory"], indirect=True)
def test_photos_and_portraits_may_lie_on_different_storages(
    root: RemotePath, local_photos: Files, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    put(root / "in", local_photos)
    assert summary_of(run(root / "in", tmp_path / "down", engine)).done == 3
    assert summary_of(run(tmp_path / "in", root / "up", engine)).done == 3
    made = files_below(root / "up")
    assert set(made) == {"a.jpg", "b.png", "trip/day 1/ä.jpg"}
    assert all((tmp_path / "down" / name).read_bytes() == data for name, data in made.items())


@pytest.mark.parametrize("root", ["memory", "renaming"], indirect=True)
def test_what_its_owner_made_or_changed_on_a_storage_is_kept(
    root: RemotePath, local_photos: Files, engine: PortraitEngine, run, summary_of, monkeypatch
) -> None:
    put(root / "in", {name: data for name, data in local_photos.items() if "broken" not in name})
    put(root / "out", {"a.jpg": b"mine"})
    events = run(root / "in", root / "out", engine)
    assert [conflict.job.source.name for conflict in summary_of(events).conflicts] == ["a.jpg"]
    put(root / "out", {"b.png": b"retouched"})
    put(root / "in", {"b.png": local_photos["b.png"][:-1] + b"\0"})
    assert [event.job.source.name for event in summary_of(run(root / "in", root / "out", engine)).conflicts] == [
        "a.jpg",
        "b.png",
    ]
    assert {files_below(root / "out")[name] for name in ("a.jpg", "b.png")} == {b"mine", b"retouched"}
    # A file that appears while the portrait is being made.
    storage = storage_of(root)
    storage.remove(root / "out" / "a.jpg")
    really_fetched = type(storage).fetched

    def fetched_late(self: object, file: RemotePath):
        put(root / "out", {file.name: b"another's"})
        return really_fetched(self, file)

    monkeypatch.setattr(type(storage), "fetched", fetched_late)
    events = run(root / "in", root / "out", engine)
    assert "a.jpg" in names(events, JobFailed)
    assert files_below(root / "out")["a.jpg"] == b"another's"


@pytest.mark.parametrize("root", ["memory", "renaming"], indirect=True)
def test_begun_jobs_of_a_killed_run_are_made_and_its_half_files_removed(
    root: RemotePath, local_photos: Files, engine: PortraitEngine, run
) -> None:
    put(root / "in", local_photos)
    run(root / "in", root / "out", engine)
    made = files_below(root / "out")
    # Killed while b.png was written again: begun, and half of it may be there; its lock is left.
    begun = [line for line in journal_lines(root / "out") if line["state"] == "started" and line["source"] == "b.png"]
    line = {**begun[0], "fingerprint": "other"}
    put(root / "out" / JOURNAL_NAME, {"000000002.jsonl": json.dumps(line).encode() + b"\n", LOCK_NAME: lock_of(None)})
    put(root / "out", {"b.png": b"half", ".portrait-0123.part": b"half"})
    events = run(root / "in", root / "out", engine)
    assert names(events, JobDone) == ["b.png"]
    is_of_objects = root.scheme != "renaming"  # on others partial files are the batch's
    assert files_below(root / "out") == made | ({".portrait-0123.part": b"half"} if is_of_objects else {})


def test_a_web_server_gives_photos_and_takes_none(
    local_photos: Files, tmp_path: Path, engine: PortraitEngine, run, summary_of, monkeypatch
) -> None:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    monkeypatch.setattr(http.server.SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    remote.remote_storage.cache_clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        folder = parse_place(f"http://127.0.0.1:{server.server_address[1]}/in")
        try:
            events = run(folder, tmp_path / "out", engine)
            assert names(events, JobDone) == ["a.jpg", "b.png", "ä.jpg"]
            assert (tmp_path / "out" / "trip" / "day 1" / "ä.jpg").is_file()
            assert summary_of(run(folder, tmp_path / "out", engine)).skipped == 3
            with pytest.raises(PortraitError, match="Nothing can be written"):
                run(tmp_path / "in", folder, engine)
        finally:
            server.shutdown()
            thread.join()
    with pytest.raises(ImageFileError, match="cannot be reached"):
        storage_of(folder).read(folder / "a.jpg")


def test_what_cannot_be_used_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    remote.remote_storage.cache_clear()
    with pytest.raises(PortraitError, match="no known storage"):
        storage_of(RemotePath("what://bucket"))

    def lack(*_: object, **__: object) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "filesystem", lack)
    with pytest.raises(PortraitError, match="Install s3fs") as told:
        storage_of(RemotePath("s3://bucket"))
    assert "portrait[cloud]" in told.value.hint
    with pytest.raises(PortraitError, match="not the address"):
        parse_place("https://host/in?list=1")
    with pytest.raises(Exception, match="not behind a URL"):
        parse_mattes("s3://bucket/mattes")


def test_places_are_paths() -> None:
    place = parse_place("s3://bucket/in/trip")
    assert isinstance(place, RemotePath)
    assert str(place / "ä b.jpg") == "s3://bucket/in/trip/ä b.jpg"
    assert str((place / "a.jpg").relative_to(place.parent)) == "trip/a.jpg"
    assert str(Path("/out") / (place / "a.jpg").relative_to(place)) == "/out/a.jpg"
    assert str(place.with_name("b.png")) == "s3://bucket/in/b.png"
    web = parse_place("https://host:8000/my%20photos/")
    assert isinstance(web, RemotePath)
    assert (str(web), web.url) == ("https://host:8000/my photos", "https://host:8000/my%20photos")
    assert parse_place("file:///a%20b") == Path("/a b")
    assert parse_place("C:/photos") == Path("C:/photos")
