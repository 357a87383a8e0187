"""What the photo worker computes, without a window."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base
from PySide6.QtGui import QColor, QColorSpace, QImage

from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.thin_lens import Lens
from portrait.engine import PortraitEngine
from portrait.errors import PortraitError
from portrait.files.image_io import SaveOptions, load_photo
from portrait.gui.photo.photo_requests import SaveRequest, default_target, load_look, open_photo, render_preview, save
from portrait.gui.widgets.qimage import from_qimage
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.session import FoundMatte, find_photo_matte, show_photo
from portrait.settings import Settings, replace_setting

pytestmark = pytest.mark.slow


@pytest.fixture
def large_path(tmp_path: Path, portrait_scene) -> Path:
    path = tmp_path / "large.jpg"
    Image.fromarray(portrait_scene(900, 2000)[0]).save(path)
    return path


def find(engine: PortraitEngine, path: Path) -> FoundMatte:
    return find_photo_matte(engine, open_photo(path, 200.0).photo, "fast")


def test_the_preview_is_small_and_the_matte_is_found_at_full_size(engine: PortraitEngine, large_path: Path) -> None:
    found = find(engine, large_path)
    assert found.photo.image.shape == (900, 2000, 3)
    assert found.photo.preview.image.shape == (576, 1280, 3)
    assert found.matte.shape == (900, 2000)
    assert found.preview.matte.shape == (576, 1280)
    assert found.preview.matte.dtype == np.float32
    assert found.has_person


def test_the_preview_looks_like_the_portrait_that_is_saved(
    engine: PortraitEngine, large_path: Path, tmp_path: Path
) -> None:
    found = find(engine, large_path)
    preview = from_qimage(render_preview(engine, found, BlurOptions(f_number=2.0)).qimage)
    target = tmp_path / "large-portrait.png"
    save(engine, SaveRequest(lambda: found, found.photo, Settings(), target))
    saved = load_photo(target).image
    assert saved.shape == found.photo.image.shape
    shrunk = np.asarray(Image.fromarray(saved).resize((1280, 576), Image.Resampling.BOX), np.float32)
    assert np.abs(shrunk - preview).mean() < 4.0


def test_preview_and_file_are_rendered_through_the_photos_own_lens(
    engine: PortraitEngine, large_path: Path, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[IFD.Exif] = {Base.FocalLengthIn35mmFilm: 85}
    Image.open(large_path).save(large_path, exif=exif.tobytes())
    found = find(engine, large_path)
    look = load_look(Settings(), found)
    assert look.blur.lens.focal_length_mm == 85.0
    assert look.blur.lens.focus_distance_m is not None
    assert render_preview(engine, found, look).lens == look.blur.lens
    report = make_portrait_file(engine, large_path, tmp_path / "portrait.png", FileOptions(quality="fast"))
    assert report.lens == look.blur.lens, "the command line makes the same picture"


def test_a_lens_set_by_hand_wins(engine: PortraitEngine, large_path: Path) -> None:
    settings = replace_setting(Settings(), "blur.lens.focal_length_mm", 135.0)
    settings = replace_setting(settings, "blur.lens.focus_distance_m", 0.8)
    assert load_look(settings, find(engine, large_path)).blur.lens == Lens(135.0, 0.8)


def test_without_a_person_the_preview_is_the_photo(engine: PortraitEngine, nobody: None, photo_path: Path) -> None:
    found = find(engine, photo_path)
    assert not found.has_person
    assert render_preview(engine, found, BlurOptions()).qimage == open_photo(photo_path, 200.0).qimage


def test_a_pasted_picture_has_no_path(engine: PortraitEngine) -> None:
    pasted = QImage(40, 30, QImage.Format.Format_RGB32)
    pasted.fill(QColor(10, 20, 30))
    photo = open_photo(pasted, 200.0).photo
    assert photo.path is None
    assert photo.image.shape == (30, 40, 3)
    assert photo.image[0, 0].tolist() == [10, 20, 30]


def test_a_photo_over_the_cap_is_refused(photo_path: Path) -> None:
    with pytest.raises(PortraitError):
        open_photo(photo_path, 0.001)


def test_the_photo_itself_is_never_written(engine: PortraitEngine, photo_path: Path, tmp_path: Path) -> None:
    found = find(engine, photo_path)
    link = tmp_path / "link.png"
    link.symlink_to(photo_path)
    before = photo_path.read_bytes()
    for target in (photo_path, link, photo_path.parent / ".." / photo_path.parent.name / photo_path.name):
        with pytest.raises(PortraitError, match="the photo itself") as caught:
            save(engine, SaveRequest(lambda: found, found.photo, Settings(), target))
        assert caught.value.hint
    assert photo_path.read_bytes() == before


@pytest.mark.parametrize(
    ("source", "file_format", "name"),
    [
        ("IMG_1.jpg", "keep", "IMG_1-portrait.jpg"),
        ("IMG_1.png", "keep", "IMG_1-portrait.png"),
        ("IMG_1.png", "jpg", "IMG_1-portrait.jpg"),
        ("IMG.v2.jpeg", "webp", "IMG.v2-portrait.webp"),
        (None, "keep", "pasted-portrait.png"),
    ],
)
def test_the_proposed_name(tmp_path: Path, source: str | None, file_format: str, name: str) -> None:
    path = None if source is None else tmp_path / "album" / source
    target = default_target(path, tmp_path / "Pictures", SaveOptions(format=file_format))
    assert target == tmp_path / ("Pictures" if source is None else "album") / name


def test_the_proposed_name_of_a_cut_out_can_hold_it(tmp_path: Path) -> None:
    source = tmp_path / "IMG_1.jpg"
    for file_format, suffix in {"jpg": ".png", "keep": ".png", "webp": ".webp"}.items():
        target = default_target(source, tmp_path, SaveOptions(format=file_format), is_transparent=True)
        assert target.name == f"IMG_1-portrait{suffix}"


@pytest.fixture(params=["cut.png", "cut.webp", "cut.tif"])
def cut_path(request: pytest.FixtureRequest, tmp_path: Path, portrait_scene) -> Path:
    """A photo whose left half is clear and hides magenta, the left half of the person too."""
    image = portrait_scene(96, 128)[0].copy()
    image[:, :64] = (255, 0, 255)
    picture = Image.fromarray(image)
    picture.putalpha(Image.fromarray(np.repeat(np.uint8([[0] * 64 + [255] * 64]), 96, axis=0)))
    path = tmp_path / request.param
    picture.save(path, **({"lossless": True, "exact": True} if path.suffix == ".webp" else {}))
    return path


def is_chequered(shown: np.ndarray) -> bool:
    return {tuple(rgb) for rgb in shown.reshape(-1, 3).tolist()} == {(255,) * 3, (208,) * 3}


@pytest.mark.parametrize("is_draft", [False, True])
@pytest.mark.parametrize("kind", ["blur", "mono", "transparent"])
def test_what_is_transparent_in_the_photo_is_shown_on_a_chequerboard(
    engine: PortraitEngine, cut_path: Path, kind: str, is_draft: bool
) -> None:
    found = find(engine, cut_path)
    before = show_photo(found.photo)
    assert is_chequered(before[:, :64])
    np.testing.assert_array_equal(before[:, 64:], found.photo.image[:, 64:])
    look = load_look(replace_setting(Settings(), "background", kind), found)
    after = from_qimage(render_preview(engine, found, look, is_draft=is_draft).qimage)
    assert is_chequered(after[:, :62])
    np.testing.assert_allclose(after[40:56, 72], found.photo.image[40:56, 72], atol=3)


def test_another_background_is_shown_in_the_clear_parts(engine: PortraitEngine, cut_path: Path) -> None:
    found = find(engine, cut_path)
    look = load_look(replace_setting(Settings(), "background", "color:#00B140"), found)
    after = from_qimage(render_preview(engine, found, look).qimage)
    np.testing.assert_allclose(after[:, :60].reshape(-1, 3), np.tile((0, 177, 64), (96 * 60, 1)), atol=1)


def test_a_cut_out_photo_without_a_person_is_shown_on_a_chequerboard(
    engine: PortraitEngine, nobody: None, cut_path: Path
) -> None:
    found = find(engine, cut_path)
    assert is_chequered(from_qimage(render_preview(engine, found, BlurOptions()).qimage)[:, :64])


def test_a_cut_out_photo_is_saved_with_its_hidden_colours(
    engine: PortraitEngine, cut_path: Path, tmp_path: Path
) -> None:
    found, target = find(engine, cut_path), tmp_path / "portrait.png"
    save(engine, SaveRequest(lambda: found, found.photo, Settings(), target))
    saved = load_photo(target)
    np.testing.assert_array_equal(saved.metadata.transparency, found.photo.metadata.transparency)
    np.testing.assert_allclose(saved.image[48, 56], (255, 0, 255), atol=3)


def test_a_picture_of_another_curve_is_shown_in_its_true_colours(engine: PortraitEngine, tmp_path: Path) -> None:
    linear = QColorSpace(QColorSpace.Primaries.SRgb, QColorSpace.TransferFunction.Linear).iccProfile().data()
    path = tmp_path / "linear.png"
    Image.new("RGB", (80, 60), (128, 128, 128)).save(path, icc_profile=linear)
    found = find(engine, path)
    preview = render_preview(engine, found, BlurOptions())
    for shown in (open_photo(path, 200.0).qimage, preview.qimage):
        assert np.abs(from_qimage(shown).astype(int) - 188).max() <= 1  # half the light is sRGB's 188
    target = tmp_path / "portrait.png"
    save(engine, SaveRequest(lambda: found, found.photo, Settings(), target))
    with Image.open(target) as saved:
        assert np.abs(np.asarray(saved).astype(int) - 128).max() <= 1
        assert saved.info["icc_profile"] == linear
