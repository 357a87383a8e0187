"""Depth and floor on the Photo page: the preview is the file, and is found once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from portrait.engine import PortraitEngine
from portrait.files.image_io import SaveOptions, load_photo
from portrait.gui.photo_requests import (
    FoundMatte,
    OpenPhotoRequest,
    SavePortraitRequest,
    find_photo_matte,
    load_look,
    open_photo,
    render_preview,
    save_portrait,
)
from portrait.gui.qimage import from_qimage
from portrait.settings import Settings, replace_settings

LOOKS = ({}, {"depth": "off"}, {"depth": "off", "ground": "off"})


@pytest.fixture
def phone_photo(write_phone_photo: Callable[..., Path], tmp_path: Path, half_near: NDArray[np.uint8]) -> Path:
    return write_phone_photo(tmp_path / "phone.jpg", half_near)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch, engine: PortraitEngine) -> list[NDArray[np.float32] | None]:
    """The defocus maps that pictures are rendered with."""
    maps: list[NDArray[np.float32] | None] = []
    render = engine.render

    def spy(self, image, matte, options, defocus_map=None, **kept):
        maps.append(defocus_map)
        return render(image, matte, options, defocus_map, **kept)

    monkeypatch.setattr(PortraitEngine, "render", spy)
    return maps


def find(engine: PortraitEngine, path: Path) -> FoundMatte:
    return find_photo_matte(engine, open_photo(OpenPhotoRequest(path, 200.0)), "fast")


@pytest.mark.parametrize("values", LOOKS)
def test_preview_and_file_are_one_picture(
    engine: PortraitEngine, phone_photo: Path, tmp_path: Path, values: dict[str, str]
) -> None:
    found = find(engine, phone_photo)
    look = load_look(replace_settings(Settings(), {**values, "grain": "off", "blur.f_number": 1.4}), found)
    preview = from_qimage(render_preview(engine, found, look).qimage)
    save_portrait(engine, SavePortraitRequest(found, look, tmp_path / "out.png", SaveOptions()))
    np.testing.assert_array_equal(load_photo(tmp_path / "out.png").image, preview)


def test_a_shrunk_preview_looks_like_the_file(
    engine: PortraitEngine, write_phone_photo: Callable[..., Path], half_near: NDArray[np.uint8], tmp_path: Path
) -> None:
    path = write_phone_photo(tmp_path / "large.jpg", half_near)
    with Image.open(path) as picture:
        picture.resize((560, 1400), Image.Resampling.BICUBIC).save(path, xmp=picture.info["xmp"])
    found = find(engine, path)
    assert found.photo.depth.source == "photo"
    for values in LOOKS:
        look = load_look(replace_settings(Settings(), {**values, "grain": "off"}), found)
        preview = from_qimage(render_preview(engine, found, look).qimage).astype(np.float32)
        save_portrait(engine, SavePortraitRequest(found, look, tmp_path / "out.png", SaveOptions()))
        saved = Image.fromarray(load_photo(tmp_path / "out.png").image)
        shrunk = np.asarray(saved.resize((512, 1280), Image.Resampling.BOX), np.float32)
        assert np.abs(shrunk - preview).mean() < 2.0


def change(under_test, key: str, value: object) -> None:
    service = under_test.shell.bridge.photo
    with under_test.qtbot.waitSignal(service.preview_rendered, timeout=20_000):
        under_test.shell.model.set_value(key, value)
    under_test.wait(lambda: not service.stages)


def test_sliders_do_not_find_the_map_again(under_test, phone_photo: Path, rendered: list) -> None:
    under_test.open_photos(phone_photo)
    change(under_test, "blur.f_number", 8.0)
    change(under_test, "blur.f_number", 4.0)
    assert rendered[0] is not None
    assert all(defocus_map is rendered[0] for defocus_map in rendered)


def test_the_switches_reach_the_preview(under_test, phone_photo: Path, rendered: list) -> None:
    under_test.open_photos(phone_photo)
    change(under_test, "depth", "off")
    change(under_test, "ground", "off")
    change(under_test, "ground", "auto")
    change(under_test, "depth", "auto")
    change(under_test, "background", "mono")
    by_depth, by_ground, none, again_by_ground, again_by_depth, mono = rendered
    assert by_depth is again_by_depth is not None
    assert by_ground is again_by_ground is not None
    assert by_depth is not by_ground
    assert none is mono is None


def test_another_matte_has_a_map_of_its_own(under_test, phone_photo: Path, rendered: list) -> None:
    under_test.open_photos(phone_photo)
    change(under_test, "quality", "fine")
    assert rendered[-1] is not None
    assert rendered[-1] is not rendered[0]


def test_broken_depth_is_told_and_the_portrait_is_shown(
    under_test, write_phone_photo: Callable[..., Path], tmp_path: Path, rendered: list
) -> None:
    under_test.open_photos(write_phone_photo(tmp_path / "broken.jpg", b"no picture"))
    page = under_test.window.photo_page
    assert page.banner.kind == "info"
    assert "is damaged; it was not used" in page.banner.text
    assert page.save_button.isEnabled()
    assert rendered[-1] is not None, "the floor is still there"
