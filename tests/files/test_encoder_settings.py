"""The lossy encoders run with the settings that were chosen for their time (docs/adr/054).

Neither file says how it was encoded (libheif leaves x265's own text out), so its bytes are compared with those of
explicit settings.
"""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from portrait.core.arrays import RgbImage
from portrait.files.encoding import encode
from portrait.files.metadata.photo_metadata import PhotoMetadata

QUALITY = 90


@pytest.fixture(scope="module")
def textured() -> RgbImage:
    """Smooth with some noise: enough for other settings to decide otherwise."""
    y, x = np.mgrid[0:96, 0:128]
    image = np.stack([2 * x, 2 * y, 255 - x - y], axis=-1) + np.random.default_rng(5).integers(0, 40, (96, 128, 1))
    return np.ascontiguousarray(image.clip(0, 255).astype(np.uint8))


def encoded_by(image: RgbImage, file_format: str, **settings: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, file_format, quality=QUALITY, **settings)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("file_format", "chosen"), [("HEIF", {"enc_params": {"preset": "ultrafast"}}), ("AVIF", {"speed": 8})]
)
def test_the_fast_settings_are_used(textured: RgbImage, file_format: str, chosen: dict[str, Any]) -> None:
    content, lost = encode(textured, PhotoMetadata(), file_format, QUALITY)
    assert lost == []
    assert bytes(content) == encoded_by(textured, file_format, **chosen)
    assert bytes(content) != encoded_by(textured, file_format), "the picture cannot tell the settings apart"
