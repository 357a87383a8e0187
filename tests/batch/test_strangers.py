"""A batch replaces what it made itself, and nothing else."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portrait.batch.events import BatchSummary
from portrait.batch.journal import JOURNAL_NAME
from portrait.batch.plan import plan_batch
from portrait.batch.run import BatchOptions, run_batch
from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.photo.options import FileOptions

WritePhoto = Callable[..., Path]
ONE_WORKER = BatchOptions(workers=1)


def require_left_alone(summary: BatchSummary, target: Path, named: str = "", done: int = 5) -> None:
    """One job was left out for a file of somebody else, which was named, and the others were done."""
    (conflict,) = summary.conflicts
    assert conflict.job.target == target
    assert "this batch did not make it" in conflict.reason
    assert (named or target.name) in conflict.reason
    assert (summary.done, summary.failed) == (done, 0)


def test_files_of_somebody_else_are_never_replaced(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "b.jpg").write_bytes(b"mine")
    for options in (ONE_WORKER, BatchOptions(workers=1, restart=True)):
        require_left_alone(summary_of(run(photo_tree, out, engine, options)), out / "b.jpg")
    assert (out / "b.jpg").read_bytes() == b"mine"
    (out / "b.jpg").unlink()
    assert summary_of(run(photo_tree, out, engine)).done == 1, "the rest is done, and this one is made up for"


@pytest.mark.parametrize("is_restart", [False, True])
def test_what_took_the_place_of_a_portrait_is_somebody_elses(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, is_restart: bool, run, summary_of
) -> None:
    out = tmp_path / "out"
    run(photo_tree, out, engine)
    (out / "b.jpg").write_bytes(b"mine")
    other_look = BatchOptions(FileOptions(blur=BlurOptions(f_number=4.0)), workers=1, restart=is_restart)
    require_left_alone(summary_of(run(photo_tree, out, engine, other_look)), out / "b.jpg")
    assert (out / "b.jpg").read_bytes() == b"mine"
    assert summary_of(run(photo_tree, out, engine)).skipped == 1, "in the first look it was done, and is not looked at"
    assert (out / "b.jpg").read_bytes() == b"mine"


def test_what_took_the_place_of_a_saved_matte_is_somebody_elses(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    def options(f_number: float) -> BatchOptions:
        return BatchOptions(FileOptions(blur=BlurOptions(f_number=f_number), save_matte_path=tmp_path / "mattes"), 1)

    run(photo_tree, tmp_path / "out", engine, options(2.0))
    assert summary_of(run(photo_tree, tmp_path / "out", engine, options(3.0))).done == 6
    (tmp_path / "mattes" / "b.png").write_bytes(b"mine")
    summary = summary_of(run(photo_tree, tmp_path / "out", engine, options(4.0)))
    require_left_alone(summary, tmp_path / "out" / "b.jpg", named="b.png")
    assert (tmp_path / "mattes" / "b.png").read_bytes() == b"mine"


def test_file_put_there_while_the_batch_runs_is_kept(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    mine = tmp_path / "out" / "z.png"
    events = run_batch(plan_batch(photo_tree, tmp_path / "out"), engine, ONE_WORKER)
    seen = [next(events)]
    mine.write_bytes(b"mine")
    summary = summary_of([*seen, *events])
    require_left_alone(summary, mine)
    assert mine.read_bytes() == b"mine"
    require_left_alone(summary_of(run(photo_tree, tmp_path / "out", engine)), mine, done=0)


def test_copied_output_folder_goes_on_as_before(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    run(photo_tree, tmp_path / "out", engine)
    shutil.copytree(tmp_path / "out", tmp_path / "copy", copy_function=shutil.copyfile)
    other_look = BatchOptions(FileOptions(blur=BlurOptions(f_number=4.0)), workers=1)
    assert summary_of(run(photo_tree, tmp_path / "copy", engine, other_look)).done == 6


def test_portraits_of_another_folder_are_somebody_elses(
    photo_tree: Path, tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, run, summary_of
) -> None:
    run(photo_tree, tmp_path / "out", engine)
    write_photo(tmp_path / "in2" / "b.jpg")
    summary = summary_of(run(tmp_path / "in2", tmp_path / "out", engine))
    require_left_alone(summary, tmp_path / "out" / "b.jpg", done=0)


def test_mattes_must_not_collide_with_portraits(photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run) -> None:
    with pytest.raises(PortraitError, match="under one name"):
        run(photo_tree, tmp_path / "out", engine, BatchOptions(FileOptions(save_matte_path=tmp_path / "out")))


def test_mattes_must_not_become_photos(photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, files_in) -> None:
    before = files_in(tmp_path)
    for folder, message in (
        (photo_tree, "is the input folder"),
        (photo_tree / "trip" / "mattes", "lies in the input folder"),
        (tmp_path, "lies in the matte folder"),
        (photo_tree / "notes.txt", "is not a folder"),
    ):
        with pytest.raises(PortraitError, match=message):
            run(photo_tree, tmp_path / "out", engine, BatchOptions(FileOptions(save_matte_path=folder)))
    assert files_in(tmp_path) - before <= {f"out/{JOURNAL_NAME}"}


def test_mattes_and_portraits_in_one_folder_by_another_spelling(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out", target_is_directory=True)
    with pytest.raises(PortraitError, match="under one name"):
        run(photo_tree, tmp_path / "out", engine, BatchOptions(FileOptions(save_matte_path=tmp_path / "link")))


def test_mattes_of_somebody_else_are_never_replaced(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    run(photo_tree, tmp_path / "out", engine)
    mattes = tmp_path / "mattes"
    mattes.mkdir()
    (mattes / "b.png").write_bytes(b"mine")
    options = BatchOptions(FileOptions(save_matte_path=mattes), workers=1)
    summary = summary_of(run(photo_tree, tmp_path / "out", engine, options))
    require_left_alone(summary, tmp_path / "out" / "b.jpg", named="b.png")
    assert (mattes / "b.png").read_bytes() == b"mine"


def test_what_took_the_place_of_a_portrait_that_could_not_be_made_again_is_somebody_elses(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch, run, summary_of
) -> None:
    def fail(*_: object) -> None:
        raise PortraitError("the portrait cannot be saved")

    out = tmp_path / "out"
    run(photo_tree, out, engine)
    other_look = BatchOptions(FileOptions(blur=BlurOptions(f_number=4.0)), workers=1)
    with monkeypatch.context() as patch:
        patch.setattr("portrait.photo.saving.save_photo", fail)
        assert summary_of(run(photo_tree, out, engine, other_look)).failed == 6
    (out / "b.jpg").write_bytes(b"mine")
    require_left_alone(summary_of(run(photo_tree, out, engine, other_look)), out / "b.jpg")
    assert (out / "b.jpg").read_bytes() == b"mine"


def test_file_put_there_while_its_portrait_is_made_is_kept(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, ellipse_segmenter: Any, run, summary_of, monkeypatch
) -> None:
    mine, find = tmp_path / "out" / "a.png", ellipse_segmenter.find_probability

    def find_while_others_save(*words: object) -> Any:
        mine.write_bytes(b"mine")
        return find(*words)

    monkeypatch.setattr(ellipse_segmenter, "find_probability", find_while_others_save)
    summary = summary_of(run(photo_tree, tmp_path / "out", engine))
    assert [failure.job.target for failure in summary.failures] == [mine]
    assert mine.read_bytes() == b"mine"


def test_files_in_the_way_are_replaced_where_that_is_wanted(
    photo_tree: Path, tmp_path: Path, engine: PortraitEngine, run, summary_of
) -> None:
    out = tmp_path / "out"
    (out / "z.png").mkdir(parents=True)
    (out / "b.jpg").write_bytes(b"mine")
    summary = summary_of(run(photo_tree, out, engine, BatchOptions(workers=1, on_conflict="overwrite")))
    assert (summary.done, [failure.job.target.name for failure in summary.failures]) == (5, ["z.png"])
    assert (out / "b.jpg").read_bytes() != b"mine"
    assert "folder" in summary.failures[0].message


def test_portraits_get_other_names_where_that_is_wanted(
    photo_tree: Path, tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, run, summary_of, files_in
) -> None:
    out, options = tmp_path / "out", BatchOptions(workers=1, on_conflict="rename")
    out.mkdir()
    write_photo(photo_tree / "b-2.png")
    for name in ("b.jpg", "b-3.jpg", "z.png"):
        (out / name).write_bytes(b"mine")
    summary = summary_of(run(photo_tree, out, engine, options))
    assert (summary.done, summary.failed) == (7, 0)
    assert files_in(out) >= {"b.jpg", "b-2.png", "b-3.jpg", "b-4.jpg", "z.png", "z-2.png"}
    assert {(out / name).read_bytes() for name in ("b.jpg", "b-3.jpg", "z.png")} == {b"mine"}
    before = files_in(out)
    again = summary_of(run(photo_tree, out, engine, options))
    assert (again.done, again.skipped) == (0, 7)
    other_look = BatchOptions(FileOptions(blur=BlurOptions(f_number=4.0)), workers=1, on_conflict="rename")
    assert summary_of(run(photo_tree, out, engine, other_look)).done == 7
    assert files_in(out) == before, "a new look replaces its own, under the names that they have"
