"""--depth, --depth-near and --ground, as a user types them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from portrait.files.image_io import load_photo


@pytest.fixture
def photo(standing_scene, tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    Image.fromarray(standing_scene[0]).save(path)
    return path


@pytest.fixture
def depth(half_near: NDArray[np.uint8], tmp_path: Path) -> Path:
    path = tmp_path / "depth.png"
    Image.fromarray(half_near).save(path)
    return path


@pytest.fixture
def portrait(run, photo: Path, tmp_path: Path) -> Callable[..., tuple[NDArray[np.float64], str]]:
    """Make a portrait: how much every pixel has changed, and what the blur followed."""

    def make(*words: str | Path) -> tuple[NDArray[np.float64], str]:
        target = tmp_path / "out.png"
        outcome = run("photo", photo, "-o", target, "--grain", "off", "--f-number", "1.4", "--json", *words)
        assert outcome.status == 0, outcome.err
        change = load_photo(target).image.astype(float) - load_photo(photo).image
        return np.abs(change).mean(axis=2), outcome.rows[0]["depth"]

    return make


def test_what_is_as_near_as_the_subject_stays_sharp(portrait, depth: Path) -> None:
    changed, source = portrait("--depth", depth)
    assert source == "file"
    assert changed[:, :16].mean() < 1.0
    assert changed[:, 80:].mean() > 8.0
    plain, source = portrait("--depth", "off", "--ground", "off")
    assert source == "none"
    assert plain[:, :16].mean() > 8.0


def test_dark_may_be_near(portrait, depth: Path, half_near: NDArray[np.uint8]) -> None:
    bright, _ = portrait("--depth", depth)
    Image.fromarray(255 - half_near).save(depth)
    dark, _ = portrait("--depth", depth, "--depth-near", "dark")
    np.testing.assert_allclose(dark, bright, atol=1.0)


def test_the_floor_is_kept_unless_switched_off(portrait) -> None:
    feet = np.s_[209:216, :20]
    kept, source = portrait()
    assert source == "ground"
    blurred, source = portrait("--ground", "off")
    assert source == "none"
    assert kept[feet].mean() < 3.0 < 8.0 < blurred[feet].mean()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "does not exist"),
        (np.full((240, 96), 9, np.uint8), "one value"),
        (np.zeros((96, 240), np.uint8), "photo's shape"),
        (np.random.default_rng(0).integers(0, 255, (240, 96, 3), np.uint8), "colour picture"),
    ],
)
def test_a_bad_depth_map_is_an_error(run, photo: Path, tmp_path: Path, content, complaint: str) -> None:
    depth, target = tmp_path / "bad.png", tmp_path / "out.png"
    if content is not None:
        Image.fromarray(content).save(depth)
    outcome = run("photo", photo, "-o", target, "--depth", depth, "--json")
    assert outcome.status == 1
    assert complaint in outcome.err
    assert "bad.png" in outcome.err
    assert "hint: " in outcome.err
    assert outcome.rows[0]["status"] == "failed"
    assert not target.exists()


def test_depth_inside_the_photo_is_used_and_can_be_left_out(
    run, write_phone_photo, half_near: NDArray[np.uint8], tmp_path: Path
) -> None:
    photos = [write_phone_photo(tmp_path / "in" / name, half_near) for name in ("a.jpg", "b.jpg")]
    commands = (("photo", *photos, "-o", tmp_path / "photo"), ("batch", tmp_path / "in", tmp_path / "batch"))
    for command in commands:
        for words, source in (
            ((), "photo"),
            (("--depth", "off"), "ground"),
            (("--depth", "off", "--ground", "off"), "none"),
        ):
            outcome = run(*command, *words, "--json")
            assert outcome.status == 0, outcome.err
            assert [row["depth"] for row in outcome.rows] == [source, source]


def test_a_depth_map_beside_another_background_is_a_warning(run, photo: Path, tmp_path: Path) -> None:
    words = ("--depth", tmp_path / "depth.png", "--background", "mono", "--json")
    outcome = run("photo", photo, "-o", tmp_path / "out.png", *words)
    assert outcome.status == 0
    assert "depth.png was not read" in outcome.err
    assert outcome.rows[0]["depth"] == "none"
    assert len(outcome.rows[0]["warnings"]) == 1


def test_broken_depth_inside_a_photo_is_a_warning(run, write_phone_photo, tmp_path: Path) -> None:
    photo = write_phone_photo(tmp_path / "in" / "a.jpg", b"no picture")
    outcome = run("photo", photo, "-o", tmp_path / "out.jpg")
    assert "warning: a.jpg: The depth stored in" in outcome.err
    commands = (("photo", photo, "-o", tmp_path / "out.jpg"), ("batch", tmp_path / "in", tmp_path / "batch"))
    for command in commands:
        outcome = run(*command, "--json")
        assert outcome.status == 0
        assert outcome.rows[0]["status"] == "done"
        assert "is damaged; it was not used" in outcome.rows[0]["warnings"][0]
        assert "is damaged; it was not used" in outcome.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("photo", "a.png", "b.png", "-o", "out", "--depth", "depth.png"), "one depth map fits one photo"),
        (("photo", "a.png", "-o", "out.png", "--depth-near", "dark"), "--depth FILE"),
        (("photo", "a.png", "-o", "out.png", "--depth", "d.png", "--depth-near", "grey"), "bright"),
        (("batch", "in", "out", "--depth", "depth.png"), "auto|off"),
        (("photo", "a.png", "-o", "out.png", "--ground", "on"), "auto|off"),
    ],
)
def test_wrong_words_are_usage_errors(run, words: tuple[str, ...], complaint: str) -> None:
    outcome = run(*words)
    assert outcome.status == 2
    assert complaint in outcome.err
