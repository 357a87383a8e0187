import os
from collections.abc import Callable
from pathlib import Path

import pytest

from portrait.batch.plan import plan_batch
from portrait.errors import PortraitError
from portrait.photo.targets import require_distinct_targets

WritePhoto = Callable[..., Path]


def test_tree_is_kept_in_order(photo_tree: Path, tmp_path: Path) -> None:
    plan = plan_batch(photo_tree, tmp_path / "out")
    names = [job.target.relative_to(tmp_path / "out").as_posix() for job in plan.jobs]
    assert names == ["a.png", "b.jpg", "trip/c.JPG", "trip/day 2/d.webp", "trip/day 2/ä.tif", "z.png"]
    assert [job.index for job in plan.jobs] == [1, 2, 3, 4, 5, 6]
    assert {job.total for job in plan.jobs} == {6}
    assert plan.ignored == (photo_tree / "notes.txt",)
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


def test_one_folder_in_the_other_is_refused(photo_tree: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(photo_tree, target_is_directory=True)
    for output in (photo_tree, photo_tree / "out", photo_tree / "trip", link / "out", tmp_path / "x" / ".." / "in"):
        with pytest.raises(PortraitError, match="lies in the input folder"):
            plan_batch(photo_tree, output)
    with pytest.raises(PortraitError, match="lies in the output folder"):
        plan_batch(photo_tree / "trip", photo_tree)
    assert plan_batch(photo_tree, tmp_path / "in-portraits").jobs


def test_links_that_lead_back_are_not_followed(photo_tree: Path, tmp_path: Path) -> None:
    (photo_tree / "trip" / "loop").symlink_to(photo_tree, target_is_directory=True)
    (photo_tree / "linked.jpg").symlink_to(photo_tree / "b.jpg")
    plan = plan_batch(photo_tree, tmp_path / "out")
    assert len(plan.jobs) == 7
    assert plan.linked_folders == (photo_tree / "trip" / "loop",)
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
    assert photo_tree / "locked.txt" in plan.ignored


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
    assert plan_batch(tmp_path / "in", tmp_path / "out").jobs == ()
