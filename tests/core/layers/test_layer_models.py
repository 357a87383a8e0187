import numpy as np
import pytest

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.color import to_linear, to_srgb
from portrait.core.layers.compositing import over
from portrait.core.layers.layer_models import LayerModels, LayerSampling

RED, BLUE = (200, 30, 30), (30, 60, 190)


def two_halves(height: int, width: int) -> tuple[RgbImage, AlphaMatte]:
    """Red subject on the left, blue background on the right, and a soft band between."""
    across = np.linspace(4.0, -3.0, width, dtype=np.float32)
    alpha = np.repeat(np.clip(across, 0.0, 1.0)[None], height, axis=0)
    red, blue = (np.broadcast_to(to_linear(np.uint8([[rgb]])), (height, width, 3)) for rgb in (RED, BLUE))
    return to_srgb(over(red, blue, alpha)), alpha


@pytest.mark.parametrize("sampling", ["coarse", "dense"])
@pytest.mark.parametrize("size", [(40, 60), (300, 500), (500, 1100)])
def test_each_layer_is_known_everywhere(sampling: LayerSampling, size: tuple[int, int]) -> None:
    image, alpha = two_halves(*size)
    y, x = (grid.ravel() for grid in np.mgrid[0 : size[0] : 7, 0 : size[1] : 9])
    foreground, background = LayerModels.of(image, alpha, sampling).at(y, x)
    for model, rgb in ((foreground, RED), (background, BLUE)):
        assert model.shape == (9, y.size)
        expected = to_linear(np.uint8([[rgb]]))[0].T
        assert np.abs(model[:3] - expected).max() < 0.02


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (2, 3)])
@pytest.mark.parametrize("value", [0.01, 0.5, 0.99])
def test_a_picture_without_anything_sure_has_models_too(shape: tuple[int, int], value: float) -> None:
    image = np.full((*shape, 3), (90, 140, 30), np.uint8)
    models = LayerModels.of(image, np.full(shape, value, np.float32), "dense")
    y, x = (grid.ravel() for grid in np.indices(shape))
    for model in models.at(y, x):
        np.testing.assert_allclose(model[:3].T, np.broadcast_to(to_linear(image[:1, :1])[0], (y.size, 3)), atol=1e-3)


def test_a_pixel_does_not_depend_on_its_company() -> None:
    image, alpha = two_halves(200, 5000)
    image = np.maximum(image, np.random.default_rng(0).integers(0, 255, image.shape, np.uint8))
    models = LayerModels.of(image, alpha, "dense")
    y, x = (grid.ravel() for grid in np.mgrid[0:200:20, 0:5000])  # more than the widest picture that can be sampled
    for whole, part in zip(models.at(y, x), models.at(y[40_000:40_010], x[40_000:40_010]), strict=True):
        np.testing.assert_array_equal(whole[:, 40_000:40_010], part)


@pytest.mark.parametrize("axis", [0, 1])
def test_colours_stay_in_their_place(axis: int) -> None:
    """Samples stand eleven pixels apart, the first of them five from the frame: a ramp must not move by as much."""
    length, per_px = 1177, 0.8 / 1177
    ramp = 0.1 + per_px * np.arange(length, dtype=np.float32)
    image = to_srgb(np.ascontiguousarray(np.broadcast_to(ramp[:, None, None], (length, 9, 3))))
    along, across = np.arange(100, 1077, 7), np.full(140, 4)
    if axis == 0:
        y, x = along, across
    else:
        image, y, x = np.ascontiguousarray(image.swapaxes(0, 1)), across, along
    _, background = LayerModels.of(image, np.zeros(image.shape[:2], np.float32), "coarse").at(y, x)
    moved_px = (background[:3] - to_linear(image)[y, x].T).mean() / per_px
    assert abs(moved_px) < 1.0
