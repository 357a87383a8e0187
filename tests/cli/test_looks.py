"""--background, --grain and --no-person, as a user types them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.files.image_io import load_photo


@pytest.fixture
def photo(save_scene, tmp_path: Path) -> Path:
    return save_scene(tmp_path / "a.png")


@pytest.fixture
def beach(tmp_path: Path) -> Path:
    path = tmp_path / "beach.png"
    Image.new("RGB", (40, 20), (240, 220, 170)).save(path)
    return path


@pytest.mark.parametrize(
    ("words", "rgb"),
    [("color:#00B140", (0, 177, 64)), ("color:FFFFFF", (255, 255, 255)), ("image:{beach}", (240, 220, 170))],
)
def test_a_background_stands_behind_the_person(run, photo: Path, beach: Path, tmp_path: Path, words: str, rgb) -> None:
    target = tmp_path / "out.png"
    assert run("photo", photo, "-o", target, "--background", words.format(beach=beach)).status == 0
    result, original = load_photo(target).image, load_photo(photo).image
    np.testing.assert_allclose(result[0, 0], rgb, atol=1)
    np.testing.assert_allclose(result[48, 64], original[48, 64], atol=2)


def test_a_picture_is_set_up_as_the_options_say(run, photo: Path, beach: Path, tmp_path: Path) -> None:
    def corner(*words: object) -> np.ndarray:
        assert run("photo", photo, "-o", tmp_path / "out.png", "--background", *words).status == 0
        return load_photo(tmp_path / "out.png").image[:4, :4].mean(axis=(0, 1))

    Image.fromarray(np.dstack([np.tile(np.arange(0, 240, 6, dtype=np.uint8), (20, 1))] * 3)).save(beach)
    picture = f"image:{beach}"
    left, right = (corner(picture, "--background-x", x, "--background-scale", 2) for x in (0, 1))
    assert right.mean() - left.mean() > 80
    matched = corner(picture, "--background-light", "match", "--background-distance", 2)
    assert np.abs(matched - corner(picture)).max() > 3
    shaded, plain = (corner("color:white", "--background-shadow", shadow) for shadow in (1, 0))
    assert shaded.mean() <= plain.mean()


def test_mono_stage_and_transparent(run, photo: Path, tmp_path: Path) -> None:
    for kind in ("mono", "stage", "transparent"):
        assert run("photo", photo, "-o", tmp_path / f"{kind}.png", "--background", kind).status == 0
    corner = load_photo(tmp_path / "mono.png").image[0, 0].astype(int)
    assert np.ptp(corner) <= 1
    assert load_photo(tmp_path / "stage.png").image[:4, :4].max() < 80
    cut_out = Image.open(tmp_path / "transparent.png")
    assert cut_out.mode == "RGBA"
    assert cut_out.getpixel((0, 0)) == (0, 0, 0, 0)


def test_a_cut_out_as_jpeg_says_what_to_do(run, photo: Path, tmp_path: Path, ellipse_segmenter) -> None:
    outcome = run("photo", photo, "-o", tmp_path / "out.jpg", "--background", "transparent", "--json")
    assert outcome.status == 1
    assert outcome.rows[0]["status"] == "failed"
    assert "JPEG has no transparency" in outcome.err
    assert all(suffix in outcome.err for suffix in (".png", ".webp", ".heic", ".avif", ".tif"))
    assert ellipse_segmenter.calls == 0


def test_a_batch_of_cut_outs_as_jpeg_is_one_error(run, photo: Path, save_scene, tmp_path: Path) -> None:
    save_scene(photo.parent / "in" / "a.jpg")
    save_scene(photo.parent / "in" / "b.jpg")
    outcome = run("batch", photo.parent / "in", tmp_path / "out", "--background", "transparent", "--format", "jpg")
    assert outcome.status == 1
    assert outcome.err.count("error: ") == 1
    assert "a.jpg" not in outcome.err
    assert "hint: Change the file format to PNG, WebP, HEIC, AVIF or TIFF" in outcome.err
    assert not (tmp_path / "out").exists()


def test_cut_outs_of_several_photos_get_names_that_can_hold_them(run, photo: Path, save_scene, tmp_path: Path) -> None:
    other = save_scene(tmp_path / "b.jpg")
    assert run("photo", photo, other, "-o", tmp_path / "out", "--background", "transparent").status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]
    assert run("batch", tmp_path / "out", tmp_path / "again", "--background", "transparent").status == 0


def test_a_missing_picture_is_one_error_for_all_photos(run, photo: Path, save_scene, tmp_path: Path) -> None:
    photos = [photo, save_scene(tmp_path / "b.png")]
    for words in (("photo", *photos, "-o", tmp_path / "out"), ("batch", photo.parent, tmp_path.parent / "looks-out")):
        outcome = run(*words, "--background", f"image:{tmp_path / 'none.jpg'}")
        assert outcome.status == 1
        assert outcome.err.count("none.jpg does not exist") == 1
        assert "hint: " in outcome.err


@pytest.mark.parametrize("text", ["beach", "color:reddish", "color:#12", "image:", "blur:5"])
@pytest.mark.parametrize("command", ["photo", "batch", "live"])
def test_what_is_no_background_is_a_usage_error(run, photo: Path, tmp_path: Path, command: str, text: str) -> None:
    words = {"photo": (photo, "-o", tmp_path / "o.png"), "batch": (tmp_path, tmp_path / "o"), "live": ("--headless",)}
    outcome = run(command, *words[command], "--background", text)
    assert outcome.status == 2
    assert "color:#RRGGBB" in outcome.err


@pytest.mark.parametrize("text", ["most", "0", "1;2"])
@pytest.mark.parametrize("command", ["photo", "batch"])
def test_what_is_no_choice_of_people_is_a_usage_error(
    run, photo: Path, tmp_path: Path, command: str, text: str
) -> None:
    output = ("-o", tmp_path / "out.png") if command == "photo" else (tmp_path / "out",)
    outcome = run(command, photo if command == "photo" else photo.parent, *output, "--people", text)
    assert outcome.status == 2
    assert "main|all|N[,N]" in " ".join(outcome.err.split())


def test_people_are_chosen_by_number(run, photo: Path, tmp_path: Path) -> None:
    assert run("photo", photo, "-o", tmp_path / "one.png", "--people", "1").status == 0
    outcome = run("photo", photo, "-o", tmp_path / "two.png", "--people", "1,2")
    assert outcome.status == 1
    assert "no person 2" in outcome.err


def test_grain_is_matched_unless_switched_off(run, photo: Path, tmp_path: Path) -> None:
    image = np.random.default_rng(0).normal(128.0, 5.0, (320, 400, 1)).clip(1, 254).astype(np.uint8)
    Image.fromarray(np.repeat(image, 3, axis=2)).save(photo)
    for name, words in (("match", ()), ("off", ("--grain", "off"))):
        run("photo", photo, "-o", tmp_path / f"{name}.png", *words)
    match, off = (load_photo(tmp_path / f"{name}.png").image[:30, :60].std() for name in ("match", "off"))
    assert match == pytest.approx(5.0, rel=0.2)
    assert off < 2.0


def test_a_batch_leaves_out_photos_without_a_person(
    run, photo: Path, tmp_path: Path, monkeypatch, ellipse_segmenter
) -> None:
    monkeypatch.setattr(ellipse_segmenter, "find_probability", lambda image, size=None: np.zeros((64, 64), np.float32))
    source = tmp_path / "in"
    source.mkdir()
    photo.rename(source / "a.png")
    outcome = run("batch", source, tmp_path / "out", "--no-person", "skip", "--json")
    assert outcome.status == 0
    assert outcome.rows[0]["status"] == "no-person"
    assert not (tmp_path / "out" / "a.png").exists()
    assert run("batch", source, tmp_path / "out", "--json").rows[0]["status"] == "no-person"
    assert (tmp_path / "out" / "a.png").read_bytes() == (source / "a.png").read_bytes()


def test_live_takes_all_but_transparent(run) -> None:
    words = ("live", "--headless", "--source", "synthetic", "--size", "160x120", "--seconds", "0")
    for kind in ("mono", "stage", "color:#00B140"):
        assert run(*words, "--background", kind).status == 0
    outcome = run(*words, "--background", "transparent")
    assert outcome.status == 1
    assert "error: A live picture cannot be transparent" in outcome.err
    assert "color:#00B140" in outcome.err
