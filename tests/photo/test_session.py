"""One photo at work, without a window: read once, and seen as it will be saved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFile

from portrait.core.arrays import RgbImage
from portrait.core.render.look import Background, Look
from portrait.engine import PortraitEngine
from portrait.photo.options import FileOptions
from portrait.photo.portrait_file import make_portrait_file
from portrait.photo.rendering import render_photo
from portrait.photo.session import find_photo_matte, open_photo, render_preview


def test_a_photo_is_decoded_once_with_the_depth_inside_it(
    write_phone_photo: Callable[..., Path],
    half_near: NDArray[np.uint8],
    tmp_path: Path,
    engine: PortraitEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = write_phone_photo(tmp_path / "phone.jpg", half_near)
    decoded: list[str | None] = []
    really_load = ImageFile.ImageFile.load

    def load(picture: ImageFile.ImageFile) -> Any:
        if picture.tile:
            decoded.append(picture.format)
        return really_load(picture)

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    report = make_portrait_file(engine, photo, tmp_path / "out.png", FileOptions())
    assert report.depth == "photo"
    assert decoded == ["JPEG", "PNG"]  # the photo, and the depth in its metadata


def test_the_preview_of_a_photo_that_is_clear_in_parts_is_its_portrait(
    tmp_path: Path, engine: PortraitEngine, portrait_scene: Callable[..., tuple[RgbImage, Any]]
) -> None:
    """The soft colours found for the whole person do not fit what the clear parts leave of it."""
    opacity = np.repeat(np.uint8([[0] * 64 + [128] * 64]), 96, axis=0)
    Image.fromarray(np.dstack([portrait_scene(96, 128)[0], opacity])).save(tmp_path / "in.png")
    found = find_photo_matte(engine, open_photo(tmp_path / "in.png", 1.0), "fast")
    look = Look(background=Background("color", color=(0, 177, 64)), grain="off")
    portrait = render_photo(engine, found.photo.photo, found.matte, look)
    np.testing.assert_array_equal(render_preview(engine, found, look).image, portrait.image)
