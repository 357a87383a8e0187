"""RgbImage to QImage and back."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QColorSpace, QImage

from portrait.gui.widgets.qimage import from_qimage, to_qimage


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (17, 31), (64, 48)])
def test_round_trip_is_exact(size: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    qimage = to_qimage(image)
    assert (qimage.height(), qimage.width()) == size
    np.testing.assert_array_equal(from_qimage(qimage), image)


def test_the_qimage_owns_its_memory() -> None:
    image = np.full((8, 8, 3), 200, np.uint8)
    qimage = to_qimage(image)
    image[:] = 0
    assert qimage.pixelColor(3, 3) == QColor(200, 200, 200)


def test_a_read_only_image_is_taken() -> None:
    image = np.full((4, 4, 3), 7, np.uint8)
    image.flags.writeable = False
    assert to_qimage(image).pixelColor(0, 0) == QColor(7, 7, 7)


def test_rows_and_columns_are_not_exchanged() -> None:
    image = np.zeros((2, 3, 3), np.uint8)
    image[1, 2] = (255, 0, 0)
    assert to_qimage(image).pixelColor(2, 1) == QColor(255, 0, 0)


def test_a_wide_gamut_image_is_shown_in_srgb() -> None:
    profile = QColorSpace(QColorSpace.NamedColorSpace.DisplayP3).iccProfile().data()
    image = np.full((2, 2, 3), (180, 90, 60), np.uint8)
    red, green, blue, _ = to_qimage(image, profile).pixelColor(0, 0).getRgb()
    assert red > 183  # the same colour is nearer to the edge of the smaller space
    assert green < 90
    assert blue < 60


@pytest.mark.qt_log_ignore("fromIccProfile")
def test_an_unreadable_profile_is_taken_for_srgb() -> None:
    image = np.full((2, 2, 3), (180, 90, 60), np.uint8)
    assert to_qimage(image, b"not a profile").pixelColor(0, 0) == QColor(180, 90, 60)


def test_transparency_is_put_on_white() -> None:
    qimage = QImage(3, 2, QImage.Format.Format_ARGB32)
    qimage.fill(QColor(255, 0, 0, 0))
    qimage.setPixelColor(1, 1, QColor(255, 0, 0, 255))
    image = from_qimage(qimage)
    assert image[0, 0].tolist() == [255, 255, 255]
    assert image[1, 1].tolist() == [255, 0, 0]


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(TypeError):
        to_qimage(np.zeros((4, 4, 3), np.float32))
    with pytest.raises(ValueError, match="null"):
        from_qimage(QImage())
