"""Mattes given to a batch, and saved by one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from portrait.batch.events import JobDone
from portrait.batch.run import BatchOptions
from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError, PortraitError
from portrait.files.image_io import load_photo, save_matte
from portrait.photo.options import FileOptions

WritePhoto = Callable[..., Path]


def test_mattes_are_folders_in_a_batch(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of, files_in
) -> None:
    save = BatchOptions(FileOptions(save_matte_path=tmp_path / "mattes"), workers=1)
    assert summary_of(run(photo_tree, tmp_path / "out", engine, save)).done == 6
    assert "trip/day 2/d.png" in files_in(tmp_path / "mattes")
    use = BatchOptions(FileOptions(matte_path=tmp_path / "mattes"), workers=1)
    assert summary_of(run(photo_tree, tmp_path / "out2", engine, use)).done == 6
    with pytest.raises(PortraitError, match="is not a folder"):
        run(photo_tree, tmp_path / "out3", engine, BatchOptions(FileOptions(matte_path=photo_tree / "a.png")))


def test_photos_that_differ_in_their_ending_alone_have_mattes_of_their_own(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, run, summary_of, files_in
) -> None:
    for name in ("a.gif", "a.png", "sub/b.jpg"):
        write_photo(tmp_path / "in" / name)
    mattes = tmp_path / "mattes"
    save = BatchOptions(FileOptions(save_matte_path=mattes), workers=1)
    assert summary_of(run(tmp_path / "in", tmp_path / "out", engine, save)).done == 3
    assert files_in(mattes) == {"a.gif.png", "a.png", "sub/b.png"}
    save_matte(mattes / "a.gif.png", np.zeros((48, 64), np.float32))
    use = BatchOptions(FileOptions(matte_path=mattes), workers=1)
    events = run(tmp_path / "in", tmp_path / "out2", engine, use)
    statuses = {event.job.source.name: event.report.status for event in events if isinstance(event, JobDone)}
    assert statuses == {"a.gif": "no-person", "a.png": "done", "b.jpg": "done"}


def test_photos_that_would_share_a_given_matte_are_refused(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, run
) -> None:
    for name in ("a.jpg", "a.png", "a.jpg.png"):
        write_photo(tmp_path / "in" / name)
    (tmp_path / "mattes").mkdir()
    use = BatchOptions(FileOptions(matte_path=tmp_path / "mattes"), workers=1)
    with pytest.raises(PortraitError, match=r"would take one matte: .*a\.jpg, .*a\.jpg\.png → .*mattes/a\.jpg\.png"):
        run(tmp_path / "in", tmp_path / "out", engine, use)


def test_one_given_matte_may_be_linked_under_several_names(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    mattes = tmp_path / "mattes"
    run(photo_tree, tmp_path / "out", engine, BatchOptions(FileOptions(save_matte_path=mattes), workers=1))
    (mattes / "b.png").unlink()
    (mattes / "b.png").symlink_to(mattes / "a.png")
    use = BatchOptions(FileOptions(matte_path=mattes), workers=1)
    assert summary_of(run(photo_tree, tmp_path / "out2", engine, use)).done == 6


def test_matte_of_a_failed_job_does_not_stop_the_next_run(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch, run, summary_of, files_in
) -> None:
    def fail(*_: object) -> None:
        raise ImageFileError("the portrait cannot be saved")

    options = BatchOptions(FileOptions(save_matte_path=tmp_path / "mattes"), workers=1)
    with monkeypatch.context() as patch:
        patch.setattr("portrait.photo.saving.save_photo", fail)
        assert summary_of(run(photo_tree, tmp_path / "out", engine, options)).failed == 6
    assert "b.png" in files_in(tmp_path / "mattes")
    assert summary_of(run(photo_tree, tmp_path / "out", engine, options)).done == 6


def test_changed_matte_makes_its_portrait_anew(photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run) -> None:
    mattes = tmp_path / "mattes"
    run(photo_tree, tmp_path / "out", engine, BatchOptions(FileOptions(save_matte_path=mattes), workers=1))
    use = BatchOptions(FileOptions(matte_path=mattes), workers=1)
    run(photo_tree, tmp_path / "out2", engine, use)
    save_matte(mattes / "b.png", np.ones(load_photo(photo_tree / "b.jpg").image.shape[:2], np.float32))
    events = run(photo_tree, tmp_path / "out2", engine, use)
    assert [event.job.source.name for event in events if isinstance(event, JobDone)] == ["b.jpg"]
