"""``portrait photo`` replaces what it made of the same photo itself, and nothing else unless it may."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.photo.made_files import record_path

pytestmark = pytest.mark.slow

MINE = b"a picture of somebody else"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def photos(save_scene: Callable[[Path], Path], tmp_path: Path) -> list[Path]:
    return [save_scene(tmp_path / "card1" / f"{name}.jpg") for name in "abc"]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_foreign_files_are_kept_and_named_and_the_others_made(
    run, photos: list[Path], out: Path, ellipse_segmenter
) -> None:
    (out / "b.jpg").write_bytes(MINE)
    outcome = run("photo", *photos, "-o", out, "--json", "--quality", "fast")
    assert outcome.status == 1
    assert [row["status"] for row in outcome.rows] == ["done", "failed", "done"]
    assert outcome.rows[1]["output"] == str(out / "b.jpg")
    assert str(out / "b.jpg") in str(outcome.rows[1]["error"])
    assert "--overwrite" in str(outcome.rows[1]["hint"])
    assert f"error: {photos[1]}: " in outcome.err
    assert (out / "b.jpg").read_bytes() == MINE
    assert sorted(path.name for path in out.iterdir()) == ["a.jpg", "b.jpg", "c.jpg"], "and no litter"
    assert ellipse_segmenter.calls == 2, "it is refused before the work"


def test_the_same_command_can_be_given_again(run, photos: list[Path], out: Path) -> None:
    words = ("photo", *photos, "-o", out, "--save-matte", out / "mattes")
    assert run(*words).status == 0
    before = digest(out / "a.jpg")
    outcome = run(*words, "--f-number", "8", "--json")
    assert outcome.status == 0
    assert [row["warnings"] for row in outcome.rows] == [[], [], []]
    assert digest(out / "a.jpg") != before


def test_an_edited_portrait_is_the_users(run, photos: list[Path], out: Path) -> None:
    run("photo", *photos, "-o", out)
    with Image.open(out / "a.jpg") as picture:
        edited = picture.convert("L")
    edited.save(out / "a.jpg")
    before = digest(out / "a.jpg")
    assert run("photo", *photos, "-o", out, "--f-number", "8").status == 1
    assert digest(out / "a.jpg") == before
    assert run("photo", *photos, "-o", out, "--overwrite").status == 0
    assert digest(out / "a.jpg") != before
    assert run("photo", *photos, "-o", out).status == 0, "what was made by --overwrite is known too"


def test_photos_of_the_same_names_do_not_replace_each_others_portraits(
    run, save_scene, photos: list[Path], out: Path, tmp_path: Path
) -> None:
    other = save_scene(tmp_path / "card2" / "a.jpg")
    run("photo", *photos, "-o", out, "--save-matte", tmp_path / "mattes")
    before = digest(out / "a.jpg")
    (tmp_path / "out2").mkdir()
    assert run("photo", other, "-o", out).status == 1
    assert run("photo", other, "-o", tmp_path / "out2", "--save-matte", tmp_path / "mattes").status == 1
    assert digest(out / "a.jpg") == before
    assert run("photo", other, "-o", out, "--overwrite").status == 0


def test_a_file_that_is_named_takes_one_portrait_after_the_other(run, photos: list[Path], out: Path) -> None:
    target, matte = out / "portrait.png", out / "matte.png"
    for photo in photos:
        assert run("photo", photo, "-o", target, "--save-matte", matte).status == 0
    target.write_bytes(MINE)
    assert run("photo", photos[0], "-o", target).status == 1
    assert target.read_bytes() == MINE
    assert run("photo", photos[0], "-o", target, "--overwrite").status == 0
    assert target.read_bytes() != MINE


@pytest.mark.parametrize("is_folder", [True, False])
def test_foreign_mattes_are_kept(run, photos: list[Path], tmp_path: Path, out: Path, is_folder: bool) -> None:
    matte = tmp_path / "mattes" / "a.png"
    matte.parent.mkdir()
    matte.write_bytes(MINE)
    words = ("photo", photos[0], "-o", out, "--save-matte", matte.parent if is_folder else matte)
    outcome = run(*words)
    assert outcome.status == 1
    assert str(matte) in outcome.err
    assert matte.read_bytes() == MINE
    assert list(out.iterdir()) == []
    assert run(*words, "--overwrite").status == 0
    with Image.open(matte) as picture:
        assert picture.size == (128, 96)


def test_portrait_and_matte_in_the_way_are_both_named(run, photos: list[Path], out: Path) -> None:
    for name in ("p.png", "m.png"):
        (out / name).write_bytes(MINE)
    outcome = run("photo", photos[0], "-o", out / "p.png", "--save-matte", out / "m.png")
    assert str(out / "p.png") in outcome.err
    assert str(out / "m.png") in outcome.err


def test_a_link_is_kept_and_so_is_what_it_leads_to(run, photos: list[Path], out: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.jpg"
    theirs.write_bytes(MINE)
    (out / "a.jpg").symlink_to(theirs)
    (out / "b.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert run("photo", *photos, "-o", out).status == 1
    assert (out / "a.jpg").readlink() == theirs
    assert (out / "b.jpg").is_symlink()
    assert theirs.read_bytes() == MINE
    assert run("photo", *photos, "-o", out, "--overwrite").status == 0
    assert theirs.read_bytes() == MINE, "the link was replaced, not the file behind it"
    assert not (out / "a.jpg").is_symlink()


def test_an_unchanged_copy_is_known_again(run, photos: list[Path], out: Path, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((96, 128), np.uint8)).save(tmp_path / "nobody.png")
    for _ in range(2):
        outcome = run("photo", photos[0], "-o", out, "--matte", tmp_path / "nobody.png", "--json")
        assert (outcome.status, outcome.rows[0]["status"]) == (0, "no-person")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.jpg").write_bytes(photos[0].read_bytes())
    assert run("photo", photos[0], "-o", tmp_path / "other").status == 1, "a copy of the photo that somebody else made"


def test_what_a_batch_made_is_known(run, photos: list[Path], out: Path) -> None:
    assert run("batch", photos[0].parent, out).status == 0
    (out / "b.jpg").write_bytes(MINE)
    outcome = run("photo", *photos, "-o", out, "--json")
    assert [row["status"] for row in outcome.rows] == ["done", "failed", "done"]
    assert (out / "b.jpg").read_bytes() == MINE


def test_without_a_place_to_note_it_the_portrait_is_saved_and_that_is_said(run, photos: list[Path], out: Path) -> None:
    record_path().parent.rmdir()
    record_path().parent.write_bytes(b"a file where the folder should be")
    outcome = run("photo", photos[0], "-o", out, "--json")
    assert outcome.status == 0
    assert "could not be noted" in str(outcome.rows[0]["warnings"])
    assert (out / "a.jpg").stat().st_size > 0
    assert run("photo", photos[0], "-o", out).status == 1
    assert run("photo", photos[0], "-o", out, "--overwrite").status == 0


def test_a_file_that_comes_during_the_work_is_kept(
    run, photos: list[Path], out: Path, ellipse_segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = ellipse_segmenter.find_probability

    def find_while_others_save(*words: object) -> np.ndarray:
        (out / "a.jpg").write_bytes(MINE)
        return find(*words)

    monkeypatch.setattr(ellipse_segmenter, "find_probability", find_while_others_save)
    outcome = run("photo", photos[0], "-o", out)
    assert outcome.status == 1
    assert str(out / "a.jpg") in outcome.err
    assert (out / "a.jpg").read_bytes() == MINE
    assert [path.name for path in out.iterdir()] == ["a.jpg"]


def test_two_runs_at_once_make_the_same_portraits(run, photos: list[Path], out: Path, engine) -> None:
    from portrait.photo.made_files import MadeFiles
    from portrait.photo.options import FileOptions
    from portrait.photo.outputs import remembered_outputs
    from portrait.photo.portrait_file import make_portrait_file

    def make(_: int) -> None:
        outputs = remembered_outputs(MadeFiles(), photos[0], "hint")
        make_portrait_file(engine, photos[0], out / "a.jpg", FileOptions(), outputs)

    with ThreadPoolExecutor(3) as pool:
        assert len(list(pool.map(make, range(15)))) == 15
    assert [path.name for path in out.iterdir()] == ["a.jpg"]
    assert run("photo", photos[0], "-o", out).status == 0
