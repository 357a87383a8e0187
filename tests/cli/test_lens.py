"""The lens, as a user types it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from portrait.core.lens.thin_lens import strength_to_f_number
from portrait.files.image_io import load_photo


@pytest.fixture
def lights(tmp_path: Path) -> Path:
    """A night with bright lights in every corner; with the matte below a person stands in the middle."""
    image = np.full((240, 320, 3), 8, np.uint8)
    for y in (30, 210):
        for x in (30, 90, 230, 290):
            image[y - 1 : y + 2, x - 1 : x + 2] = 255
    path = tmp_path / "night.png"
    Image.fromarray(image).save(path)
    return path


@pytest.fixture
def matte(tmp_path: Path) -> Path:
    alpha = np.zeros((240, 320), np.uint8)
    alpha[60:, 120:200] = 255
    path = tmp_path / "matte.png"
    Image.fromarray(alpha).save(path)
    return path


def portrait(run, photo: Path, matte: Path, *words: str) -> tuple[np.ndarray, dict[str, object]]:
    target = photo.with_name("out.png")
    outcome = run("photo", photo, "-o", target, "--matte", matte, "--grain", "off", "--json", *words)
    assert outcome.status == 0, outcome.err
    return load_photo(target).image.astype(int), outcome.rows[0]


HEXAGON = ("--aperture-shape", "hexagon")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ((), HEXAGON),
        ((), ("--aperture-shape", "nonagon")),
        (HEXAGON, ("--blade-curvature", "1")),
        (HEXAGON, ("--aperture-rotation", "-30")),
        ((), ("--cats-eye", "0.8")),
        ((), ("--swirl", "0.8")),
        ((), ("--focal-length", "85")),
        ((), ("--subject-distance", "4")),
        ((), ("--highlights", "1")),
        ((), ("--f-number", "2.9")),
    ],
    ids=lambda words: " ".join(words),
)
def test_every_option_reaches_the_picture(run, lights: Path, matte: Path, before, words) -> None:
    plain, _ = portrait(run, lights, matte, *before)
    changed, _ = portrait(run, lights, matte, *before, *words)
    assert np.abs(changed - plain).max() >= 4


def test_auto_is_the_same_as_nothing(run, lights: Path, matte: Path) -> None:
    plain, row = portrait(run, lights, matte)
    auto, _ = portrait(run, lights, matte, "--focal-length", "auto", "--subject-distance", "auto")
    np.testing.assert_array_equal(auto, plain)
    assert row["focal_length_mm"] == 50.0
    found = str(row["subject_distance_m"])
    by_hand, _ = portrait(run, lights, matte, "--subject-distance", found)
    assert np.abs(by_hand - plain).max() <= 2, "the distance that is told makes the same picture"


def test_the_photos_focal_length_is_told(run, lights: Path, matte: Path) -> None:
    exif = Image.Exif()
    exif[IFD.Exif] = {Base.FocalLengthIn35mmFilm: 85}
    with Image.open(lights) as picture:
        picture.save(lights, exif=exif.tobytes())
    assert portrait(run, lights, matte)[1]["focal_length_mm"] == 85.0
    row = portrait(run, lights, matte, "--focal-length", "135", "--subject-distance", "2")[1]
    assert (row["focal_length_mm"], row["subject_distance_m"]) == (135.0, 2.0)
    assert portrait(run, lights, matte, "--blur-radius-px", "9")[1]["focal_length_mm"] is None


@pytest.mark.parametrize("command", ["photo", "batch", "live"])
@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (("--blade-curvature", "2"), "0..1"),
        (("--aperture-rotation", "200"), "-180..180"),
        (("--aperture-rotation", "left"), "-180..180"),
        (("--cats-eye", "-0.1"), "0..1"),
        (("--swirl", "nan"), "0..1"),
        (("--focal-length", "35"), "auto|50..200"),
        (("--focal-length", "long"), "auto|50..200"),
        (("--subject-distance", "0.1"), "auto|0.4..10"),
        (("--f-number", "auto"), "1.4..16"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_wrong_values_are_usage_errors(run, lights: Path, tmp_path: Path, command: str, words, allowed: str) -> None:
    places = {"photo": (lights, "-o", tmp_path / "o.png"), "batch": (tmp_path, tmp_path / "o"), "live": ("--headless",)}
    outcome = run(command, *places[command], *words)
    assert outcome.status == 2
    assert words[0] in outcome.err
    assert allowed in outcome.err
    assert not (tmp_path / "o.png").exists()


def test_a_strength_stands_for_an_f_number(run, lights: Path, matte: Path) -> None:
    strong, _ = portrait(run, lights, matte, "--strength", "1")
    widest, _ = portrait(run, lights, matte, "--f-number", "1.4")
    np.testing.assert_array_equal(strong, widest)
    outcome = run("photo", lights, "-o", lights.with_name("o.png"), "--strength", "0.5", "--f-number", "2")
    assert outcome.status == 2
    assert "not both" in outcome.err


@pytest.mark.parametrize(("strength", "f_number"), [(0.0, 16.0), (0.5, 4.733), (1.0, 1.4)])
def test_strength_runs_in_even_stops(strength: float, f_number: float) -> None:
    assert strength_to_f_number(strength) == pytest.approx(f_number, rel=1e-3)
    with pytest.raises(ValueError, match="strength"):
        strength_to_f_number(1.0 + abs(strength) + 0.1)


def test_live_and_batch_take_the_lens(run, lights: Path, tmp_path: Path) -> None:
    words = ("--cats-eye", "0.5", "--focal-length", "85", "--subject-distance", "1.2", "--aperture-shape", "pentagon")
    live = ("live", "--headless", "--source", "synthetic", "--size", "160x120", "--seconds", "0")
    assert run(*live, *words).status == 0
    outcome = run("batch", lights.parent, tmp_path.parent / f"{tmp_path.name}-out", "--json", *words)
    assert outcome.status == 0
    assert (outcome.rows[0]["focal_length_mm"], outcome.rows[0]["subject_distance_m"]) == (85.0, 1.2)
