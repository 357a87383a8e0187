"""Sources for the live view: those of `portrait.capture`, with a real person in the synthetic one."""

import numpy as np

from portrait.capture import FrameSource, make_source
from portrait.capture.catalog import SYNTHETIC_ID
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.files.assets import asset_path
from portrait.files.image_io import load_photo


def make_live_source(
    source_id: str, *, width: int | None = None, height: int | None = None, loop: bool = False
) -> FrameSource:
    """As `portrait.capture.make_source`; ``synthetic`` shows the person of a sample photo, for the network to find."""
    person = load_sample_person() if source_id == SYNTHETIC_ID else None
    return make_source(source_id, width=width, height=height, loop=loop, person=person)


def load_sample_person() -> tuple[RgbImage, AlphaMatte]:
    """The bundled cut-out: uint8 (S, S, 3) RGB and float32 (S, S) alpha."""
    photo = load_photo(asset_path("samples", "astronaut-cutout.webp"))
    if photo.metadata.transparency is None:
        raise ValueError("astronaut-cutout.webp has lost its alpha channel")
    return photo.image, photo.metadata.transparency.astype(np.float32) / np.float32(255.0)
