"""Looks other than blur, from file to file."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from portrait.batch.events import BatchSummary, JobDone, JobSkipped
from portrait.batch.journal import JOURNAL_NAME
from portrait.batch.plan import plan_batch
from portrait.batch.run import BatchOptions, run_batch
from portrait.core.arrays import RgbImage
from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError
from portrait.files.background_choice import BackgroundChoice
from portrait.files.image_io import load_photo, save_photo
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file

WritePhoto = Callable[..., Path]
TRANSPARENT = FileOptions(background=BackgroundChoice("transparent"))
GREEN = FileOptions(background=BackgroundChoice("color", "#00B140"))


def corner(path: Path) -> list[int]:
    return load_photo(path).image[0, 0].tolist()


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_a_cut_out_has_the_subject_alone(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, suffix: str
) -> None:
    source, target = write_photo(tmp_path / "in.png"), tmp_path / f"out{suffix}"
    assert make_portrait_file(engine, source, target, TRANSPARENT).status == "done"
    cut_out = load_photo(target)
    assert cut_out.metadata.transparency is not None
    assert cut_out.metadata.transparency[0, 0] == 0
    assert cut_out.metadata.transparency[24, 32] >= 250
    np.testing.assert_allclose(cut_out.image[24, 32], load_photo(source).image[24, 32], atol=3)


@pytest.mark.parametrize("name", ["out.jpg", "out.JPEG"])
def test_a_jpeg_cannot_be_a_cut_out(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, ellipse_segmenter: Any, name: str
) -> None:
    with pytest.raises(ImageFileError, match="JPEG has no transparency") as caught:
        make_portrait_file(engine, write_photo(tmp_path / "in.png"), tmp_path / name, TRANSPARENT)
    assert "Name it .png, .webp, .heic, .avif or .tif" in caught.value.hint
    assert ellipse_segmenter.calls == 0


def test_what_was_transparent_shows_the_new_background(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine
) -> None:
    picture = Image.open(write_photo(tmp_path / "rgb.png"))
    opacity = np.full((48, 64), 255, np.uint8)
    opacity[:30] = 0  # the upper half of the person too
    picture.putalpha(Image.fromarray(opacity))
    picture.save(tmp_path / "in.png")
    make_portrait_file(engine, tmp_path / "in.png", tmp_path / "green.png", GREEN)
    green = load_photo(tmp_path / "green.png")
    assert green.metadata.transparency is None
    np.testing.assert_allclose(green.image[24, 32], (0, 177, 64), atol=2)
    assert green.image[40, 32, 0] > 200
    make_portrait_file(engine, tmp_path / "in.png", tmp_path / "cut.png", TRANSPARENT)
    transparency = load_photo(tmp_path / "cut.png").metadata.transparency
    assert transparency is not None
    assert (transparency[24, 32], transparency[40, 32]) == (0, 255)
    make_portrait_file(engine, tmp_path / "in.png", tmp_path / "blur.png", FileOptions())
    np.testing.assert_array_equal(load_photo(tmp_path / "blur.png").metadata.transparency, opacity)


def test_a_missing_background_is_told_before_the_model_works(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, ellipse_segmenter: Any
) -> None:
    options = FileOptions(background=BackgroundChoice("image", str(tmp_path / "beach.jpg")))
    source = write_photo(tmp_path / "in" / "a.png")
    with pytest.raises(ImageFileError, match=r"beach\.jpg does not exist"):
        make_portrait_file(engine, source, tmp_path / "out.png", options)
    with pytest.raises(ImageFileError, match=r"beach\.jpg does not exist"):
        list(run_batch(plan_batch(tmp_path / "in", tmp_path / "out"), engine, BatchOptions(options)))
    assert ellipse_segmenter.calls == 0
    assert not (tmp_path / "out").exists()


def test_a_batch_of_cut_outs_is_png_where_the_photo_is_jpeg(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine
) -> None:
    for name in ("a.jpg", "b.webp"):
        write_photo(tmp_path / "in" / name)
    plan = plan_batch(tmp_path / "in", tmp_path / "out", is_transparent=True)
    list(run_batch(plan, engine, BatchOptions(TRANSPARENT)))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.png", "b.webp", JOURNAL_NAME}
    with pytest.raises(ImageFileError, match="JPEG has no transparency"):
        list(
            run_batch(
                plan_batch(tmp_path / "in", tmp_path / "jpg", output_format="jpg"), engine, BatchOptions(TRANSPARENT)
            )
        )
    assert not (tmp_path / "jpg").exists()


def test_one_format_that_cannot_be_transparent_is_told_once_before_anything_is_done(
    tmp_path: Path, write_photo: WritePhoto
) -> None:
    for name in ("a.jpg", "b.webp"):
        write_photo(tmp_path / "in" / name)
    with pytest.raises(ImageFileError, match="JPEG has no transparency") as caught:
        plan_batch(tmp_path / "in", tmp_path / "out", output_format="jpg", is_transparent=True)
    assert not any(name in caught.value.message for name in ("a.jpg", "b."))
    assert caught.value.hint == "Change the file format to PNG, WebP, HEIC, AVIF or TIFF, or choose another background."
    for able in ("png", "webp", "heic", "avif", "tif"):
        plan = plan_batch(tmp_path / "in", tmp_path / "out", output_format=able, is_transparent=True)
        assert {job.target.suffix for job in plan.jobs} == {f".{able}"}


def test_another_picture_under_the_same_name_does_all_again(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine
) -> None:
    write_photo(tmp_path / "in" / "a.png")
    beach = tmp_path / "beach.png"
    options = BatchOptions(FileOptions(background=BackgroundChoice("image", str(beach))))
    corners = []
    for rgb in ((250, 0, 0), (250, 0, 0), (0, 0, 250)):
        content = Image.new("RGB", (8, 8 + rgb[2] // 250), rgb)
        if not beach.exists() or rgb[2]:
            content.save(beach)
        list(run_batch(plan_batch(tmp_path / "in", tmp_path / "out"), engine, options))
        corners.append(corner(tmp_path / "out" / "a.png"))
    assert corners == [[250, 0, 0], [250, 0, 0], [0, 0, 250]]


@pytest.mark.parametrize("kind", ["blur", "mono", "transparent"])
def test_a_16_bit_photo_gives_a_16_bit_portrait(
    tmp_path: Path, portrait_scene: Any, engine: PortraitEngine, kind: Any
) -> None:
    deep = portrait_scene(48, 64)[0].astype(np.uint16) * 257 + np.uint16(60)
    save_photo(tmp_path / "in.png", deep)
    options = FileOptions(background=BackgroundChoice(kind))
    report = make_portrait_file(engine, tmp_path / "in.png", tmp_path / "out.tif", options)
    portrait = load_photo(tmp_path / "out.tif").deep
    assert report.warnings == ()
    assert portrait is not None
    np.testing.assert_array_equal(portrait[24, 28:36], load_photo(tmp_path / "in.png").colors[24, 28:36])


def test_photos_without_a_person_are_skipped_where_asked_for(
    tmp_path: Path, write_photo: WritePhoto, nobody_engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_photo(tmp_path / "in" / "a.png")
    options = BatchOptions(
        FileOptions(quality="fast", no_person="skip", save_matte_path=tmp_path / "mattes"), workers=1
    )
    calls = 0
    find = nobody_engine.segmenter.find_probability

    def count(image: RgbImage, input_size: tuple[int, int] | None = None) -> np.ndarray:
        nonlocal calls
        calls += 1
        return find(image, input_size)

    monkeypatch.setattr(nobody_engine.segmenter, "find_probability", count)
    plan = plan_batch(tmp_path / "in", tmp_path / "out")
    first = list(run_batch(plan, nobody_engine, options))
    calls_of_first = calls
    again = list(run_batch(plan, nobody_engine, options))
    done = next(event for event in first if isinstance(event, JobDone))
    assert done.report.status == "no-person"
    assert "nothing was saved" in done.report.warnings[0]
    assert Counter(type(event) for event in again) == {JobSkipped: 1, BatchSummary: 1}
    assert 0 < calls == calls_of_first, "the journal knows that nobody is there"
    written = {path.name for folder in ("out", "mattes") for path in (tmp_path / folder).rglob("*")}
    assert written == {JOURNAL_NAME}
    list(run_batch(plan, nobody_engine, BatchOptions(workers=1)))
    assert (tmp_path / "out" / "a.png").read_bytes() == source.read_bytes(), "copied when asked for later"
