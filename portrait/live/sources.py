"""Sources of the live view: those of `portrait.capture`, with a photographed person in the synthetic one."""

import numpy as np

from portrait.capture import FrameSource, make_source
from portrait.capture.catalog import SYNTHETIC_ID
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.files.image_io import load_photo
from portrait.files.system.assets import asset_path


def make_live_source(
    source_id: str, *, width: int | None = None, height: int | None = None, loop: bool = False
) -> FrameSource:
    """Make a source by `portrait.capture.make_source`; ``synthetic`` shows a photographed person for the network."""
    person = load_sample_person() if source_id == SYNTHETIC_ID else None
    return make_source(source_id, width=width, height=height, loop=loop, person=person)


def load_sample_person() -> tuple[RgbImage, AlphaMatte]:
    """Load the bundled cut-out person: uint8 (S, S, 3) RGB and float32 (S, S) alpha."""
    photo = load_photo(asset_path("samples", "astronaut-cutout.webp"))
    if photo.metadata.transparency is None:
        raise ValueError("astronaut-cutout.webp has lost its alpha channel")
    return photo.image, photo.metadata.transparency.astype(np.float32) / np.float32(255.0)
