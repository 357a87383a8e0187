import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from portrait.batch import job_list
from portrait.batch.folder_walk import Selection
from portrait.batch.plan import missing_bytes, plan_batch
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.photo.targets import require_distinct_targets

WritePhoto = Callable[..., Path]


def test_tree_is_kept_in_order(photo_tree: Path, tmp_path: Path) -> None:
    plan = plan_batch(photo_tree, tmp_path / "out")
    names = [job.target.relative_to(tmp_path / "out").as_posix() for job in plan.jobs]
    assert names == ["a.png", "b.jpg", "z.png", "trip/c.JPG", "trip/day 2/d.webp", "trip/day 2/ä.tif"]
    assert [job.index for job in plan.jobs] == [1, 2, 3, 4, 5, 6]
    assert {job.total for job in plan.jobs} == {6}
    assert plan.left_out.named("other") == (photo_tree / "notes.txt",)
    assert plan.left_out.named("hidden") == (photo_tree / "._a.png", photo_tree / ".thumbnails")
    assert plan.input_bytes == sum(job.source.stat().st_size for job in plan.jobs)
    assert not (tmp_path / "out").exists()


def test_format_changes_every_name(photo_tree: Path, tmp_path: Path) -> None:
    plan = plan_batch(photo_tree, tmp_path / "out", output_format="jpg")
    assert {job.target.suffix for job in plan.jobs} == {".jpg"}


@pytest.mark.parametrize(
    ("output_format", "names"),
    [
        ("keep", {"a.jpg": "a.jpg", "a.png": "a.png", "sub/b.gif": "sub/b.gif.png", "sub/b.png": "sub/b.png"}),
        ("png", {"a.jpg": "a.jpg.png", "a.png": "a.png", "sub/b.gif": "sub/b.gif.png", "sub/b.png": "sub/b.png"}),
        ("webp", {"a.jpg": "a.jpg.webp", "a.png": "a.png.webp", "sub/b.gif": "sub/b.gif.webp"}),
    ],
)
def test_photos_that_differ_in_their_ending_alone_are_told_apart(
    tmp_path: Path, write_photo: WritePhoto, output_format: str, names: dict[str, str]
) -> None:
    for name in ("a.jpg", "a.png", "c.jpg", "sub/b.gif", "sub/b.png"):
        write_photo(tmp_path / "in" / name)
    plan = plan_batch(tmp_path / "in", tmp_path / "out", output_format=output_format)
    targets = {
        job.source.relative_to(tmp_path / "in").as_posix(): job.target.relative_to(tmp_path / "out").as_posix()
        for job in plan.jobs
    }
    assert names.items() <= targets.items()
    assert Path(targets["c.jpg"]).stem == "c", "nothing to tell it from"


def test_collisions_are_all_named(tmp_path: Path, write_photo: WritePhoto) -> None:
    for name in ("a.gif", "a.png", "a.gif.png", "sub/b.bmp", "sub/b.png", "sub/b.bmp.png", "c.jpg"):
        write_photo(tmp_path / "in" / name)
    with pytest.raises(PortraitError) as caught:
        plan_batch(tmp_path / "in", tmp_path / "out")
    for name in ("a.gif", "a.gif.png", "b.bmp", "b.bmp.png"):
        assert str(tmp_path / "in") in caught.value.message
        assert name in caught.value.message
    assert "c.jpg" not in caught.value.message
    assert "Rename" in caught.value.hint


@pytest.mark.parametrize(
    ("one", "other"), [("A.png", "a.PNG"), ("é.png", "e\u0301.png"), ("straße.png", "STRASSE.png")]
)
def test_names_that_some_disks_hold_for_the_same(one: str, other: str) -> None:
    with pytest.raises(PortraitError, match="under one name"):
        require_distinct_targets([(Path("x.png"), Path("out", one)), (Path("y.png"), Path("out", other))])


def test_output_that_is_or_holds_the_input_is_refused(photo_tree: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(photo_tree, target_is_directory=True)
    for output in (photo_tree, link, tmp_path / "x" / ".." / "in"):
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(PortraitError, match="is the input folder"):
            plan_batch(photo_tree, output)
    with pytest.raises(PortraitError, match="lies in the output folder"):
        plan_batch(photo_tree / "trip", photo_tree)
    assert len(plan_batch(photo_tree, tmp_path / "in-portraits").jobs) == 6


def test_output_in_the_input_is_no_input(photo_tree: Path, engine: PortraitEngine, run, summary_of) -> None:
    output = photo_tree / "trip" / "portraits"
    run(photo_tree, output, engine)
    summary = summary_of(run(photo_tree, output, engine))
    assert (summary.total, summary.skipped) == (6, 6)
    plan = plan_batch(photo_tree, photo_tree / "others")
    assert len(plan.jobs) == 6, "neither are the portraits of an earlier batch"
    assert plan.left_out.named("portraits") == (output,)
    assert len(plan_batch(output, output.with_name("again")).jobs) == 6, "unless they are what was named"


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(include=("*.JPG",)), ["b.jpg", "c.JPG"]),
        (Selection(include=("trip/*",)), ["c.JPG", "d.webp", "ä.tif"]),
        (Selection(exclude=("trip/day*", "z.*")), ["a.png", "b.jpg", "c.JPG"]),
        (Selection(exclude=("trip/",)), ["a.png", "b.jpg", "z.gif"]),
        (Selection(include=("?.*",), exclude=("*.png", "*.tif")), ["b.jpg", "z.gif", "c.JPG", "d.webp"]),
        (Selection(since_s=2_000_000_000.0), ["b.jpg", "d.webp"]),
    ],
)
def test_selection(photo_tree: Path, tmp_path: Path, selection: Selection, names: list[str]) -> None:
    for name in ("b.jpg", "trip/day 2/d.webp"):
        os.utime(photo_tree / name, (2_000_000_000, 2_000_000_000))
    plan = plan_batch(photo_tree, tmp_path / "out", selection=selection)
    assert [job.source.name for job in plan.jobs] == names
    assert plan.left_out.count("not chosen") > 0


def test_name_pattern_also_for_names_that_are_told_apart(tmp_path: Path, write_photo: WritePhoto) -> None:
    for name in ("a.gif", "a.png", "sub/b.jpg"):
        write_photo(tmp_path / "in" / name)
    plan = plan_batch(tmp_path / "in", tmp_path / "out", name_pattern="{name}-portrait")
    assert [job.target.name for job in plan.jobs] == ["a.gif-portrait.png", "a-portrait.png", "b-portrait.jpg"]
    for pattern in ("portrait", "{name}/x", "{name}{index}"):
        with pytest.raises(PortraitError, match="name pattern"):
            plan_batch(tmp_path / "in", tmp_path / "out", name_pattern=pattern)


def test_folders_that_some_disks_hold_for_one(tmp_path: Path, write_photo: WritePhoto) -> None:
    for name in ("A/x.png", "a/x.png", "b/x.png"):
        write_photo(tmp_path / "in" / name)
    with pytest.raises(PortraitError, match="under one name") as caught:
        plan_batch(tmp_path / "in", tmp_path / "out")
    assert str(tmp_path / "in" / "b") not in caught.value.message


def test_a_long_plan_lies_in_a_file_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_photo: WritePhoto
) -> None:
    for number in range(12):
        (tmp_path / "in" / f"{number % 3} \n ä").mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / f"{number % 3} \n ä" / f"{number}.jpg").touch()
    in_memory = list(plan_batch(tmp_path / "in", tmp_path / "out").jobs)
    monkeypatch.setattr(job_list, "_IN_MEMORY_BYTES", 100)
    monkeypatch.setattr(job_list, "_BLOCK_BYTES", 7)
    jobs = plan_batch(tmp_path / "in", tmp_path / "out").jobs
    one, other = iter(jobs), iter(jobs)
    assert [pair for job in zip(one, other, strict=True) for pair in job] == [job for job in in_memory for _ in "12"]
    assert len(jobs) == 12


def test_photos_larger_than_the_free_space(photo_tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_batch(photo_tree, tmp_path / "new" / "out")
    assert missing_bytes(plan) == 0
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10))
    assert missing_bytes(plan) == plan.input_bytes - 10


def test_links_that_lead_back_are_not_followed(photo_tree: Path, tmp_path: Path) -> None:
    (photo_tree / "trip" / "loop").symlink_to(photo_tree, target_is_directory=True)
    (photo_tree / "linked.jpg").symlink_to(photo_tree / "b.jpg")
    plan = plan_batch(photo_tree, tmp_path / "out")
    assert len(plan.jobs) == 7
    assert plan.left_out.named("link") == (photo_tree / "trip" / "loop",)
    assert photo_tree / "linked.jpg" in {job.source for job in plan.jobs}


def test_links_that_may_not_be_followed_stop_nothing(
    photo_tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("locked.jpg", "locked.txt"):
        (photo_tree / name).symlink_to(tmp_path / "locked" / name)
    really_stat = Path.stat

    def refuse(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if follow_symlinks and path.name.startswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return really_stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refuse)
    plan = plan_batch(photo_tree, tmp_path / "out")
    assert photo_tree / "locked.jpg" in {job.source for job in plan.jobs}
    assert photo_tree / "locked.txt" in plan.left_out.named("other")


def test_folders_that_are_none(tmp_path: Path, photo_tree: Path) -> None:
    with pytest.raises(PortraitError, match="is not a folder"):
        plan_batch(tmp_path / "nowhere", tmp_path / "out")
    with pytest.raises(PortraitError, match="is not a folder"):
        plan_batch(photo_tree, photo_tree / "notes.txt")


def test_folder_that_cannot_be_listed_is_named(
    photo_tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("day 2"):
            raise PermissionError(13, "Permission denied", str(path))
        return really_scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PortraitError, match=r"No permission to read .*day 2"):
        plan_batch(photo_tree, tmp_path / "out")


def test_empty_folder_has_an_empty_plan(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert list(plan_batch(tmp_path / "in", tmp_path / "out").jobs) == []
