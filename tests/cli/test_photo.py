import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.errors import ModelError
from portrait.files.image_io import load_photo


def _load(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_one_photo_becomes_one_file(run, save_scene, tmp_path: Path) -> None:
    source = save_scene(tmp_path / "a.png")
    outcome = run("photo", source, "-o", tmp_path / "out.png")
    assert (outcome.status, outcome.out) == (0, "")
    assert "out.png" in outcome.err
    before, after = _load(source), _load(tmp_path / "out.png")
    assert np.abs(after - before)[48, 64].max() <= 2  # the person in the middle
    assert np.abs(after - before)[:, :16].mean() > 5  # the background at the edge


def test_json_is_alone_on_stdout(run, save_scene, tmp_path: Path) -> None:
    outcome = run("photo", save_scene(tmp_path / "a.png"), "-o", tmp_path / "out.png", "--json")
    (row,) = outcome.rows
    assert row["input"] == str(tmp_path / "a.png")
    assert row["output"] == str(tmp_path / "out.png")
    assert (row["status"], row["width"], row["height"], row["warnings"]) == ("done", 128, 96, [])
    assert set(row["timings_ms"]) == {"decode", "matte", "render", "save"}
    assert 0.2 < row["person_fraction"] < 0.5


def test_several_photos_go_to_a_new_folder(run, save_scene, tmp_path: Path) -> None:
    photos = [save_scene(tmp_path / "a.jpg"), save_scene(tmp_path / "b.png")]
    outcome = run("photo", *photos, "-o", tmp_path / "new" / "out")
    assert outcome.status == 0
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == ["a.jpg", "b.png"]


def test_one_photo_goes_into_a_folder_that_is_there(run, save_scene, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert run("photo", save_scene(tmp_path / "a.jpg"), "-o", tmp_path / "out").status == 0
    assert (tmp_path / "out" / "a.jpg").is_file()


@pytest.mark.parametrize("folder", ["new", "new/deeper/", "summer.2019/", "of.jpg/"])
def test_one_photo_goes_into_a_folder_that_is_made(run, save_scene, tmp_path: Path, folder: str) -> None:
    photo = save_scene(tmp_path / "a.jpg")
    assert run("photo", photo, "-o", f"{tmp_path}/{folder}").status == 0
    assert [path.name for path in (tmp_path / folder).iterdir()] == ["a.jpg"]


def test_the_folders_of_a_named_file_and_its_matte_are_made(run, save_scene, tmp_path: Path) -> None:
    words = ("-o", tmp_path / "out" / "b.png", "--save-matte", tmp_path / "mattes" / "c.png")
    assert run("photo", save_scene(tmp_path / "a.jpg"), *words).status == 0
    assert (tmp_path / "out" / "b.png").is_file()
    assert (tmp_path / "mattes" / "c.png").is_file()


def test_a_file_where_a_folder_is_needed_is_named(run, save_scene, tmp_path: Path) -> None:
    photo = save_scene(tmp_path / "a.jpg")
    before = photo.read_bytes()
    outcome = run("photo", photo, "-o", photo / "b.jpg")
    assert outcome.status == 1
    assert f"The folder {photo} cannot be made" in outcome.err
    assert photo.read_bytes() == before


@pytest.mark.parametrize("words", [[], ["-o", "out.jpg"]])
def test_a_folder_of_photos_is_sent_to_batch(run, tmp_path: Path, words: list[str]) -> None:
    outcome = run("photo", tmp_path, *words)
    assert outcome.status == 1
    assert f"{tmp_path} is a folder" in outcome.err
    assert f"portrait batch {tmp_path} OUT" in outcome.err


def test_same_names_are_refused_before_anything_is_written(run, save_scene, tmp_path: Path) -> None:
    photos = [save_scene(tmp_path / "x" / "a.jpg"), save_scene(tmp_path / "y" / "A.jpg")]
    outcome = run("photo", *photos, "-o", tmp_path / "out")
    assert outcome.status == 1
    assert all(str(photo) in outcome.err for photo in photos)
    assert not (tmp_path / "out").exists()


def test_a_broken_photo_does_not_stop_the_others(run, save_scene, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    photos = [broken, tmp_path / "missing.jpg", save_scene(tmp_path / "good.jpg")]
    outcome = run("photo", *photos, "-o", tmp_path / "out", "--json")
    assert outcome.status == 1
    assert [row["status"] for row in outcome.rows] == ["failed", "failed", "done"]
    assert outcome.err.count("error: ") == outcome.err.count("hint: ") == 2
    assert "broken.jpg" in outcome.err
    assert "missing.jpg does not exist" in outcome.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.jpg"]


def test_a_bug_in_one_photo_does_not_stop_the_others(
    run, save_scene, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portrait.photo import session

    def fail_for_b(source: Path, **options: object) -> object:
        if source.name == "b.jpg":
            raise ZeroDivisionError("a bug")
        return load_photo(source, **options)

    monkeypatch.setattr(session, "load_photo", fail_for_b)
    photos = [save_scene(tmp_path / f"{name}.jpg") for name in "abc"]
    outcome = run("photo", *photos, "-o", tmp_path / "out", "--json")
    assert outcome.status == 70
    assert [row["status"] for row in outcome.rows] == ["done", "failed", "done"]
    assert "ZeroDivisionError: a bug" in str(outcome.rows[1]["error"])
    assert outcome.err.count("unexpected error in") == 1
    assert "Traceback" not in outcome.err
    assert "fail_for_b" in (home / "log" / "portrait.log").read_text()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.jpg", "c.jpg"]


def test_light_that_is_not_finite_replaces_no_file(
    run, save_scene, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portrait.core.render import photo as render
    from portrait.core.render.noise_estimation import Noise

    broken = Noise(np.ones(256, np.float32), np.full((3, 3), np.nan, np.float32), 0.0)
    monkeypatch.setattr(render, "estimate_noise", lambda image: broken)
    (tmp_path / "out.png").write_bytes(b"of yesterday")
    photo = save_scene(tmp_path / "a.png")
    outcome = run("photo", photo, "-o", tmp_path / "out.png", "--grain", "match", "--overwrite")
    assert outcome.status == 70
    assert "light must be finite" in outcome.err
    assert (tmp_path / "out.png").read_bytes() == b"of yesterday"


def test_ctrl_c_that_a_module_in_c_disguises_stops_them_all(
    run, save_scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portrait.photo import session

    def interrupted(source: Path, **options: object) -> object:
        raise ImportError("initialization failed") from KeyboardInterrupt()

    monkeypatch.setattr(session, "load_photo", interrupted)
    photos = [save_scene(tmp_path / f"{name}.jpg") for name in "ab"]
    outcome = run("photo", *photos, "-o", tmp_path / "out", "--json")
    assert (outcome.status, outcome.out, outcome.err) == (130, "", "Stopped.\n")


def test_an_unreadable_photo_does_not_stop_the_others(
    run, save_scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [save_scene(tmp_path / "a.jpg"), save_scene(tmp_path / "b.jpg")]
    really_open, really_ask = Path.open, os.access

    def refuse(path: Path, *words: object, **options: object) -> object:
        if path == photos[0]:
            raise PermissionError(13, "Permission denied", str(path))
        return really_open(path, *words, **options)

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(os, "access", lambda path, *words, **_: Path(path) != photos[0] and really_ask(path, *words))
    outcome = run("photo", *photos, "-o", tmp_path / "out", "--json")
    assert outcome.status == 1
    assert [row["status"] for row in outcome.rows] == ["failed", "done"]
    assert f"No permission to read {photos[0]}" in outcome.err


def test_photos_that_differ_in_their_ending_alone_are_told_apart(run, save_scene, tmp_path: Path) -> None:
    photos = [save_scene(tmp_path / "a.gif"), save_scene(tmp_path / "a.png")]
    assert run("photo", *photos, "-o", tmp_path / "out").status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.gif.png", "a.png"]


def test_the_photo_itself_is_never_overwritten(run, save_scene, tmp_path: Path) -> None:
    source = save_scene(tmp_path / "a.jpg")
    content = source.read_bytes()
    outcome = run("photo", source, "-o", source)
    assert outcome.status == 1
    assert "overwrite" in outcome.err
    assert source.read_bytes() == content


def test_nobody_there_leaves_the_picture_and_says_so(run, save_scene, tmp_path: Path) -> None:
    source = save_scene(tmp_path / "a.png")
    Image.new("L", (128, 96), 0).save(tmp_path / "matte.png")
    target = tmp_path / "out.png"
    outcome = run("photo", source, "-o", target, "--matte", tmp_path / "matte.png", "--json")
    assert outcome.status == 0
    assert outcome.rows[0]["status"] == "no-person"
    assert "warning: a.png: " in outcome.err
    assert np.array_equal(_load(target), _load(source))


def test_matte_is_saved_and_can_be_given_back(run, save_scene, tmp_path: Path, ellipse_segmenter) -> None:
    source, matte = save_scene(tmp_path / "a.png"), tmp_path / "matte.png"
    assert run("photo", source, "-o", tmp_path / "1.png", "--save-matte", matte).status == 0
    calls = ellipse_segmenter.calls
    assert run("photo", source, "-o", tmp_path / "2.png", "--matte", matte).status == 0
    assert ellipse_segmenter.calls == calls
    assert np.abs(_load(tmp_path / "1.png") - _load(tmp_path / "2.png")).max() <= 1


def test_mattes_of_several_photos_go_to_a_folder(run, save_scene, tmp_path: Path) -> None:
    photos = [save_scene(tmp_path / "a.jpg"), save_scene(tmp_path / "b.jpg")]
    assert run("photo", *photos, "-o", tmp_path / "out", "--save-matte", tmp_path / "mattes").status == 0
    assert sorted(path.name for path in (tmp_path / "mattes").iterdir()) == ["a.png", "b.png"]


def test_mattes_are_told_apart_as_the_portraits_are(run, save_scene, tmp_path: Path) -> None:
    photos = [save_scene(tmp_path / "a.jpg"), save_scene(tmp_path / "a.png")]
    assert run("photo", *photos, "-o", tmp_path / "out", "--save-matte", tmp_path / "mattes").status == 0
    assert sorted(path.name for path in (tmp_path / "mattes").iterdir()) == ["a.jpg.png", "a.png"]


def test_mattes_of_the_same_name_are_refused(run, save_scene, tmp_path: Path) -> None:
    photos = [save_scene(tmp_path / name) for name in ("a.jpg", "a.png", "a.jpg.png")]
    outcome = run("photo", *photos, "-o", tmp_path / "out", "--save-matte", tmp_path / "mattes")
    assert outcome.status == 1
    assert "one name" in outcome.err


@pytest.mark.parametrize(
    ("less", "more"),
    [(("--f-number", "8"), ("--f-number", "1.4")), (("--blur-radius-px", "0"), ("--blur-radius-px", "9"))],
)
def test_look_options_reach_the_picture(run, save_scene, tmp_path: Path, less, more) -> None:
    source = save_scene(tmp_path / "a.png")
    run("photo", source, "-o", tmp_path / "less.png", *less)
    run("photo", source, "-o", tmp_path / "more.png", *more)
    before = _load(source)
    changes = [np.abs(_load(tmp_path / name) - before).mean() for name in ("less.png", "more.png")]
    assert changes[0] < changes[1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--f-number", "99"], "1.4..16"),
        (["--f-number", "wide"], "1.4..16"),
        (["--aperture-shape", "square"], "hexagon"),
        (["--highlights", "2"], "0..1"),
        (["--quality", "best"], "fast|fine"),
        (["--blur-radius-px", "-1"], "--blur-radius-px"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_wrong_options_are_usage_errors(run, save_scene, tmp_path: Path, words: list[str], complaint: str) -> None:
    outcome = run("photo", save_scene(tmp_path / "a.png"), "-o", tmp_path / "out.png", *words)
    assert outcome.status == 2
    assert complaint in outcome.err
    assert not (tmp_path / "out.png").exists()


def test_one_matte_for_several_photos_is_a_usage_error(run, save_scene, tmp_path: Path) -> None:
    photos = [save_scene(tmp_path / "a.jpg"), save_scene(tmp_path / "b.jpg")]
    outcome = run("photo", *photos, "-o", tmp_path / "out", "--matte", photos[0])
    assert outcome.status == 2
    assert "one matte" in outcome.err


@pytest.mark.parametrize("words", [["photo"], ["photo", "a.jpg"]])
def test_missing_words_are_usage_errors(run, words: list[str]) -> None:
    assert run(*words).status == 2


def test_model_is_asked_for_by_name(run, save_scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(model: object, **_: object) -> None:
        raise ModelError(f"no model {model}", "see: portrait models")

    monkeypatch.setattr("portrait.engine.open_engine", refuse)
    outcome = run("photo", save_scene(tmp_path / "a.png"), "-o", tmp_path / "out.png", "--model", "tiny")
    assert outcome.status == 1
    assert outcome.err.splitlines() == ["error: no model tiny", "hint: see: portrait models"]


def test_several_photos_do_not_go_to_the_name_of_one(run, save_scene, tmp_path: Path) -> None:
    photos = [save_scene(tmp_path / name) for name in ("a.jpg", "b.jpg")]
    outcome = run("photo", *photos, "-o", tmp_path / "out.jpg")
    assert outcome.status == 1
    assert "need a folder" in outcome.err
    assert not (tmp_path / "out.jpg").exists()


def test_no_control_character_of_a_name_reaches_the_terminal(run) -> None:
    assert run("photo", "\x1b[31mred\r\x9b.jpg", "-o", "out.jpg").err.startswith(
        "error: \ufffd[31mred\ufffd\ufffd.jpg does"
    )
