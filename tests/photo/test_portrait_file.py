import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from portrait.core.lens.blur_options import BlurOptions
from portrait.engine import PortraitEngine
from portrait.errors import ImageFileError, PortraitError
from portrait.files.background_choice import BackgroundChoice
from portrait.files.image_io import load_matte, load_photo, save_matte
from portrait.photo.options import FileOptions
from portrait.photo.outputs import Outputs
from portrait.photo.portrait_file import make_portrait_file

WritePhoto = Callable[..., Path]


def test_portrait_is_written_and_reported(tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine) -> None:
    source = write_photo(tmp_path / "in.png", dpi=(300, 300))
    before = source.read_bytes()
    report = make_portrait_file(engine, source, tmp_path / "out.png", FileOptions(blur_radius_px=6.0))
    assert source.read_bytes() == before
    portrait = load_photo(tmp_path / "out.png")
    assert portrait.metadata.dpi == pytest.approx((300, 300), abs=0.1)
    original = load_photo(source).image
    np.testing.assert_allclose(portrait.image[24, 32], original[24, 32], atol=2)  # the person in the middle
    assert not np.array_equal(portrait.image[:8], original[:8])
    assert report.status == "done"
    assert (report.width, report.height) == (64, 48)
    assert 0.1 < report.person_fraction < 0.6
    assert set(report.timings_ms) == {"decode", "matte", "render", "save"}
    assert json.loads(json.dumps(report.to_json_dict()))["output"] == str(tmp_path / "out.png")


def test_nobody_found_copies_the_file(tmp_path: Path, write_photo: WritePhoto, nobody_engine: PortraitEngine) -> None:
    source = write_photo(tmp_path / "in.jpg", quality=50)
    report = make_portrait_file(nobody_engine, source, tmp_path / "out.jpg", FileOptions())
    assert report.status == "no-person"
    assert "no person" in report.warnings[0]
    assert (tmp_path / "out.jpg").read_bytes() == source.read_bytes()


def test_nobody_found_in_another_format(tmp_path: Path, write_photo: WritePhoto, nobody_engine: PortraitEngine) -> None:
    source = write_photo(tmp_path / "in.png")
    make_portrait_file(nobody_engine, source, tmp_path / "out.tif", FileOptions())
    np.testing.assert_array_equal(load_photo(tmp_path / "out.tif").image, load_photo(source).image)


def test_nobody_found_still_writes_and_tells_everything(
    tmp_path: Path, write_photo: WritePhoto, nobody_engine: PortraitEngine
) -> None:
    source = tmp_path / "in.png"
    photo = np.asarray(Image.open(write_photo(tmp_path / "rgb.png")))
    Image.fromarray(photo).save(source, save_all=True, append_images=[Image.fromarray(255 - photo)])
    outputs = Outputs(warnings=["the record is full"])
    options = FileOptions(save_matte_path=tmp_path / "matte.png")
    report = make_portrait_file(nobody_engine, source, tmp_path / "out.jpg", options, outputs)
    assert not load_matte(tmp_path / "matte.png", (48, 64)).any()
    nobody, several, record = report.warnings
    assert "no person" in nobody
    assert "several pictures" in several
    assert record == "the record is full"
    assert set(report.timings_ms) == {"decode", "matte", "render", "save"}


def test_given_matte_replaces_the_model(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, ellipse_segmenter: Any
) -> None:
    source = write_photo(tmp_path / "in.png")
    matte = np.zeros((48, 64), np.float32)
    matte[:, :20] = 1.0
    save_matte(tmp_path / "matte.png", matte)
    options = FileOptions(matte_path=tmp_path / "matte.png", save_matte_path=tmp_path / "used.png")
    report = make_portrait_file(engine, source, tmp_path / "out.png", options)
    assert ellipse_segmenter.calls == 0
    assert report.status == "done"
    np.testing.assert_allclose(load_matte(tmp_path / "used.png", (48, 64)), matte, atol=1e-4)
    portrait, original = load_photo(tmp_path / "out.png").image, load_photo(source).image
    np.testing.assert_allclose(portrait[:, :10], original[:, :10], atol=2)


def test_saved_matte_is_the_models(tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine) -> None:
    source = write_photo(tmp_path / "in.jpg")
    options = FileOptions(save_matte_path=tmp_path / "matte.png")
    make_portrait_file(engine, source, tmp_path / "out.jpg", options)
    matte = load_matte(tmp_path / "matte.png", (48, 64))
    assert matte[24, 32] > 0.9
    assert matte[0, 0] < 0.1


def test_radius_in_pixels_overrides_the_f_number(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine
) -> None:
    source = write_photo(tmp_path / "in.png")
    options = FileOptions(blur=BlurOptions(f_number=1.4), blur_radius_px=0.0)
    make_portrait_file(engine, source, tmp_path / "out.png", options)
    np.testing.assert_allclose(load_photo(tmp_path / "out.png").image, load_photo(source).image, atol=1)


def test_radius_too_large_for_the_photo(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, ellipse_segmenter: Any
) -> None:
    source = write_photo(tmp_path / "in.png")
    for radius_px in (21.0, float("inf")):
        with pytest.raises(PortraitError, match="too large for 64 × 48") as caught:
            make_portrait_file(engine, source, tmp_path / "out.png", FileOptions(blur_radius_px=radius_px))
        assert "20 or less" in caught.value.hint
    assert ellipse_segmenter.calls == 0


def test_cheap_refusals_come_before_the_model(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, ellipse_segmenter: Any
) -> None:
    source = write_photo(tmp_path / "in.png")
    Image.new("L", (5, 5)).save(tmp_path / "small.png")
    link = tmp_path / "link.png"
    link.symlink_to(source)
    refusals = [
        (tmp_path / "out.docx", FileOptions(), "cannot be saved"),
        (source, FileOptions(), "would overwrite the photo itself"),
        (link, FileOptions(), "would overwrite the photo itself"),
        (tmp_path / "out.png", FileOptions(save_matte_path=source), "would overwrite the photo itself"),
        (tmp_path / "out.png", FileOptions(save_matte_path=tmp_path / "out.png"), "would both be saved"),
        (tmp_path / "out.png", FileOptions(save_matte_path=tmp_path / "m.jpg"), "does not end in"),
        (tmp_path / "small.png", FileOptions(matte_path=tmp_path / "small.png"), "would overwrite the matte"),
        (tmp_path / "out.png", FileOptions(matte_path=tmp_path / "small.png"), "5 × 5 pixels"),
        (tmp_path / "nowhere" / "out.png", FileOptions(), "nowhere does not exist"),
        (tmp_path / "out.png", FileOptions(save_matte_path=tmp_path / "nowhere" / "m.png"), "nowhere does not exist"),
    ]
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for target, options, message in refusals:
        with pytest.raises(ImageFileError, match=message):
            make_portrait_file(engine, source, target, options)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert ellipse_segmenter.calls == 0


@pytest.mark.parametrize("locked", ["out", "mattes"])
def test_a_folder_that_cannot_be_written_to_is_told_before_the_model_works(
    tmp_path: Path,
    write_photo: WritePhoto,
    engine: PortraitEngine,
    ellipse_segmenter: Any,
    monkeypatch: pytest.MonkeyPatch,
    locked: str,
) -> None:
    really_open = os.open

    def refuse(path: Path, *words: Any, **options: Any) -> int:
        if Path(path).parent == tmp_path / locked:
            raise PermissionError(13, "Permission denied", str(path))
        return really_open(path, *words, **options)

    source = write_photo(tmp_path / "in.png")
    for folder in ("out", "mattes"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(os, "open", refuse)
    options = FileOptions(save_matte_path=tmp_path / "mattes" / "a.png")
    with pytest.raises(ImageFileError, match=f"No permission to write in .*{locked}"):
        make_portrait_file(engine, source, tmp_path / "out" / "a.png", options)
    assert ellipse_segmenter.calls == 0
    assert [path for folder in ("out", "mattes") for path in (tmp_path / folder).iterdir()] == []


def test_nothing_that_is_read_is_overwritten(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, ellipse_segmenter: Any
) -> None:
    source, read = write_photo(tmp_path / "in.png"), tmp_path / "read.png"
    Image.new("L", (64, 48)).save(read)
    (tmp_path / "link.png").symlink_to(read)
    (tmp_path / "folder").symlink_to(tmp_path, target_is_directory=True)
    before = {path: path.read_bytes() for path in (source, read)}
    inputs = (
        {"matte_path": read},
        {"depth_path": read},
        {"background": BackgroundChoice("image", str(read))},
    )
    spellings = (read, tmp_path / "link.png", tmp_path / "folder" / "read.png")
    for given, written in itertools.product(inputs, spellings):
        with pytest.raises(ImageFileError, match="would overwrite"):
            make_portrait_file(engine, source, written, FileOptions(**given))
        with pytest.raises(ImageFileError, match="would overwrite"):
            make_portrait_file(engine, source, tmp_path / "out.png", FileOptions(**given, save_matte_path=written))
    assert {path: path.read_bytes() for path in before} == before
    assert ellipse_segmenter.calls == 0


@pytest.mark.parametrize("spelling", ["folder/out.png", "OUT.PNG", "real/../out.png"])
def test_portrait_and_matte_are_two_files_on_any_disk(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, spelling: str
) -> None:
    source = write_photo(tmp_path / "in.png")
    (tmp_path / "folder").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "real").mkdir()
    with pytest.raises(ImageFileError, match="would both be saved"):
        make_portrait_file(
            engine, source, tmp_path / "out.png", FileOptions(save_matte_path=Path(f"{tmp_path}/{spelling}"))
        )


def test_reading_losses_are_reported(tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine) -> None:
    source = tmp_path / "in.png"
    photo = np.asarray(Image.open(write_photo(tmp_path / "rgb.png")))
    Image.fromarray(np.dstack([photo, np.full(photo.shape[:2], 128, np.uint8)])).save(source)
    report = make_portrait_file(engine, source, tmp_path / "out.jpg", FileOptions())
    assert any("transparency" in warning for warning in report.warnings)


@pytest.mark.parametrize("options", [{"blur_radius_px": -1.0}, {"blur_radius_px": float("nan")}, {"max_megapixels": 0}])
def test_options_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        FileOptions(**options)


def test_too_little_memory_is_no_bug(
    tmp_path: Path, write_photo: WritePhoto, engine: PortraitEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    source = write_photo(tmp_path / "in.png")
    monkeypatch.setattr(engine.segmenter, "find_probability", fail)
    with pytest.raises(PortraitError, match=r"Not enough memory for a portrait of .*in\.png") as caught:
        make_portrait_file(engine, source, tmp_path / "out.png", FileOptions())
    assert caught.value.hint
    assert not (tmp_path / "out.png").exists()
