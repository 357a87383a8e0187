"""Depth and floor on the Photo page: the preview is the file, and is found once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import Qt

from portrait.engine import PortraitEngine
from portrait.files.image_io import load_photo
from portrait.gui.photo.photo_requests import SaveRequest, load_look, open_photo, render_preview, save
from portrait.gui.widgets.qimage import from_qimage
from portrait.photo.session import FoundMatte, find_photo_matte
from portrait.settings import Settings, replace_settings

pytestmark = pytest.mark.slow

LOOKS = ({}, {"depth": "off"}, {"depth": "off", "ground": "off"})
FOCUSED = {"focus": "0.1,0.2", "focal_range": 0.2}


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
    return find_photo_matte(engine, open_photo(path, 200.0).photo, "fast")


@pytest.mark.parametrize("values", [*LOOKS, FOCUSED])
def test_preview_and_file_are_one_picture(
    engine: PortraitEngine, phone_photo: Path, tmp_path: Path, values: dict[str, str]
) -> None:
    found = find(engine, phone_photo)
    settings = replace_settings(Settings(), {**values, "grain": "off", "blur.f_number": 1.4})
    preview = from_qimage(render_preview(engine, found, load_look(settings, found)).qimage)
    save(engine, SaveRequest(lambda: found, found.photo, settings, tmp_path / "out.png"))
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
        settings = replace_settings(Settings(), {**values, "grain": "off"})
        preview = from_qimage(render_preview(engine, found, load_look(settings, found)).qimage).astype(np.float32)
        save(engine, SaveRequest(lambda: found, found.photo, settings, tmp_path / "out.png"))
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


@pytest.fixture
def plain_photo(standing_scene: tuple[NDArray[np.uint8], NDArray[np.float32]], tmp_path: Path) -> Path:
    path = tmp_path / "plain.png"
    Image.fromarray(standing_scene[0]).save(path)
    return path


@pytest.fixture
def write_map(tmp_path: Path) -> Callable[[NDArray[np.uint8]], Path]:
    def write(values: NDArray[np.uint8]) -> Path:
        path = tmp_path / "map.png"
        Image.fromarray(values).save(path)
        return path

    return write


def open_map(under_test, path: Path) -> None:
    service = under_test.shell.bridge.photo
    with under_test.qtbot.waitSignal(service.stages_changed, timeout=20_000):
        under_test.window.photo_page.open_depth(path)
    under_test.wait(lambda: not service.stages)


@pytest.mark.parametrize("near", ["bright", "dark"])
def test_a_map_of_ones_own_rules_preview_and_file_and_stays_with_the_photo(
    under_test, plain_photo: Path, half_near: NDArray[np.uint8], write_map, rendered: list, tmp_path: Path, near: str
) -> None:
    under_test.open_photos(plain_photo)
    under_test.shell.model.set_value("depth", "off")
    open_map(under_test, write_map(half_near if near == "bright" else 255 - half_near))
    page, service = under_test.window.photo_page, under_test.shell.bridge.photo
    assert (page.banner.kind, page.banner.text) == ("done", "The blur follows map.png")
    assert under_test.shell.model.settings.depth == "auto"
    by_map = rendered[-1]
    assert np.abs(by_map[:, :40]).mean() < 0.1 < 0.8 < by_map[:, 56:].mean(), "the left half is as near as the person"
    change(under_test, "quality", "fine")
    np.testing.assert_allclose(rendered[-1], by_map, atol=0.1)
    with under_test.qtbot.waitSignal(service.portrait_saved, timeout=20_000):
        page.save_to(tmp_path / "out.png")
    np.testing.assert_allclose(rendered[-1], by_map, atol=0.1)
    under_test.open_photos(plain_photo)
    np.testing.assert_allclose(rendered[-1], by_map, atol=0.1)  # it stays with the open photo
    page.close_photo()
    under_test.open_photos(plain_photo)
    assert np.abs(rendered[-1] - by_map).max() > 0.3, "closed and opened again, the photo has its floor only"


def test_a_map_that_does_not_fit_is_refused_and_nothing_changes(
    under_test, plain_photo: Path, half_near: NDArray[np.uint8], write_map, rendered: list
) -> None:
    page = under_test.window.photo_page
    under_test.open_photos(plain_photo)
    before, count = under_test.shell.bridge.photo.found, len(rendered)
    colour = np.zeros((240, 96, 3), np.uint8)
    colour[..., 0] = half_near
    for values, said in (
        (colour, "is a colour picture"),
        (half_near[:96], "does not have the photo's shape"),
        (half_near * 0, "one value"),
    ):
        open_map(under_test, write_map(values))
        assert page.banner.kind == "error"
        assert said in page.banner.text
    assert under_test.shell.bridge.photo.found is before
    assert len(rendered) == count
    assert page.save_button.isEnabled()


def test_there_is_no_depth_without_a_person(under_test, plain_photo: Path, half_near, write_map, nobody: None) -> None:
    under_test.open_photos(plain_photo)
    open_map(under_test, write_map(half_near))
    assert "does not tell the person from what is behind" in under_test.window.photo_page.banner.text


def test_a_map_is_chosen_once_a_person_was_looked_for(under_test, plain_photo: Path, monkeypatch) -> None:
    asked: list[Path] = []
    monkeypatch.setattr("portrait.gui.photo.photo_files.ask_for_depth", lambda parent, folder: asked.append(folder))
    page = under_test.window.photo_page
    page.files.choose_depth()
    assert not asked
    under_test.open_photos(plain_photo)
    page.files.choose_depth()
    assert asked == [plain_photo.parent]


def test_of_two_maps_the_second_counts(
    under_test, plain_photo: Path, half_near: NDArray[np.uint8], write_map, tmp_path: Path
) -> None:
    under_test.open_photos(plain_photo)
    first = write_map(half_near).rename(tmp_path / "first.png")
    second = write_map(np.ascontiguousarray(half_near[:, ::-1]))
    service, opened = under_test.shell.bridge.photo, []
    service.depth_opened.connect(lambda depth: opened.append((depth.path, "depth" in service.stages)))
    for path in (first, second):
        under_test.window.photo_page.open_depth(path)
    under_test.wait(lambda: not service.stages)
    assert opened == [(second, False)]


def test_a_draft_is_one_only_where_it_is_asked_for_and_nothing_follows_depth(
    engine: PortraitEngine, phone_photo: Path
) -> None:
    found = find(engine, phone_photo)
    for values, asked, is_draft in (
        ({}, True, False),
        ({}, False, False),
        (LOOKS[2], True, True),
        (LOOKS[2], False, False),
    ):
        look = load_look(replace_settings(Settings(), values), found)
        assert render_preview(engine, found, look, is_draft=asked).is_draft == is_draft


def test_a_click_focuses_on_what_is_there_and_the_person_focuses_as_before(under_test, phone_photo: Path) -> None:
    under_test.open_photos(phone_photo)
    service, page = under_test.shell.bridge.photo, under_test.window.photo_page
    under_test.wait(lambda: not service.stages)
    view, model = page.view, under_test.shell.model

    def click(share: tuple[float, float]) -> np.ndarray:
        under_test.qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.point_at(share).toPoint())
        under_test.wait(lambda: not service.stages)
        return from_qimage(view.grab().toImage()).astype(int)

    page.editing.choose_tool("focus")
    before = click((0.5, 0.5))
    assert model.settings.focus == "auto"
    far = click((0.9, 0.2))
    assert model.settings.focus.startswith(("0.89", "0.9"))
    assert np.abs(far - before).max() > 20
    assert page.editing.undo_action.text().endswith("Focus")
    click((0.5, 0.5))
    assert model.settings.focus == "auto"


def test_without_distances_the_tool_says_so(under_test, photo_path: Path) -> None:
    under_test.open_photos(photo_path)
    button = under_test.window.photo_page.editing.bar.tool_buttons["focus"]
    assert not button.isEnabled()
    assert "No distances" in button.toolTip()
