"""Alpha as a local affine function of the colour."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from portrait.core import guided_filter, strips
from portrait.core.boxes import Box
from portrait.core.guided_filter import apply_coefficients, guided_coefficients
from portrait.core.plane_algebra import COLOR_PAIRS, solve_symmetric


def _apply(coefficients: np.ndarray, guide: np.ndarray) -> np.ndarray:
    return np.einsum("cyx,yxc->yx", coefficients[:3], guide) + coefficients[3]


@pytest.mark.parametrize("epsilon", [1e-6, 1e-5])
def test_an_affine_function_of_the_guide_is_reproduced(epsilon: float) -> None:
    guide = np.random.default_rng(8).random((40, 50, 3), dtype=np.float32)
    target = (guide @ np.float32([0.2, 0.3, 0.4]) + 0.05).astype(np.float32)
    found = guided_coefficients(guide, target, 6, epsilon)
    np.testing.assert_allclose(_apply(found, guide), target, atol=2e-3)


def test_a_grey_guide_is_as_good_as_a_coloured_one() -> None:
    grey = np.random.default_rng(8).random((40, 50, 1), dtype=np.float32)
    guide = np.repeat(grey, 3, axis=2)
    target = (0.8 * grey[..., 0] + 0.1).astype(np.float32)
    found = guided_coefficients(guide, target, 6, 1e-5)
    np.testing.assert_allclose(_apply(found, guide), target, atol=2e-3)


def test_the_same_weight_everywhere_is_none() -> None:
    rng = np.random.default_rng(9)
    guide, target = rng.random((30, 40, 3), dtype=np.float32), rng.random((30, 40), dtype=np.float32)
    weighted = guided_coefficients(guide, target, 3, 1e-3, np.full((30, 40), 7.0, np.float32))
    np.testing.assert_allclose(weighted, guided_coefficients(guide, target, 3, 1e-3), atol=1e-3)


def test_what_is_not_trusted_does_not_count() -> None:
    guide = np.random.default_rng(10).random((40, 50, 3), dtype=np.float32)
    target = guide.mean(axis=2)
    wrong, weight = target.copy(), np.ones_like(target)
    wrong[15:20, 20:25] = 1.0 - target[15:20, 20:25]
    weight[15:20, 20:25] = 1e-4
    found = _apply(guided_coefficients(guide, wrong, 6, 1e-5, weight), guide)
    np.testing.assert_allclose(found, target, atol=0.02)


def test_a_symmetric_system_is_solved() -> None:
    root = np.random.default_rng(11).normal(size=(50, 3, 3))
    matrix, right = root @ root.transpose(0, 2, 1), np.random.default_rng(12).normal(size=(50, 3))
    planes = [np.float32(matrix[:, i, j]) for i, j in COLOR_PAIRS]
    found = solve_symmetric(planes, list(np.float32(right.T)), 0.1)
    expected = np.linalg.solve(matrix + 0.1 * np.eye(3), right[..., None])[..., 0]
    np.testing.assert_allclose(np.stack(found, axis=1), expected, rtol=1e-3, atol=1e-3)


def test_strips_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(13)
    coefficients = rng.random((4, 20, 30), dtype=np.float32) / 4
    image = rng.integers(0, 256, (83, 121, 3), np.uint8)
    whole = apply_coefficients(coefficients, image)
    monkeypatch.setattr(strips, "STRIP_PIXELS", 500)
    np.testing.assert_allclose(apply_coefficients(coefficients, image), whole, atol=1e-5)


@pytest.mark.parametrize("size", [(60, 90), (83, 121), (20, 30), (25, 31)])
def test_enlarged_coefficients_are_those_between_the_samples(size: tuple[int, int]) -> None:
    """Bilinear at any size, whole multiple or not; where there is no slope it is no different."""
    rows, columns = np.mgrid[:20, :30].astype(np.float32)
    fade = np.clip(columns / 10 - 1.0, 0.0, 1.0)
    coefficients = np.stack([rows / 80 * fade, columns / 120 * fade, rows / 90 * fade, columns / 200])
    image = np.random.default_rng(14).integers(0, 256, (*size, 3), np.uint8)
    *slope, offset = (cv2.resize(plane, size[::-1]) for plane in coefficients)
    expected = offset + sum(plane * (image[..., at] / 255.0) for at, plane in enumerate(slope))
    np.testing.assert_allclose(apply_coefficients(coefficients, image), np.clip(expected, 0.0, 1.0), atol=0.01)


@pytest.mark.parametrize("size", [(60, 90), (83, 121), (25, 31)])
def test_steep_slopes_cancel_at_any_size(size: tuple[int, int]) -> None:
    """Slope and offset are enlarged alike: what they take from each other leaves no pattern."""
    steep = 20.0 * np.random.default_rng(15).standard_normal((3, 20, 30)).astype(np.float32)
    color = np.uint8([90, 140, 30])
    offset = 0.5 - np.einsum("cyx,c->yx", steep, color / np.float32(255.0))
    image = np.full((*size, 3), color, np.uint8)
    found = apply_coefficients(np.concatenate([steep, offset[None]]).astype(np.float32), image)
    np.testing.assert_allclose(found, 0.5, atol=1e-3)


@pytest.mark.parametrize(("factor", "channel"), [(10, 0), (10, 1), (10, 2), (1, 1)])
def test_tiles_do_not_show(monkeypatch: pytest.MonkeyPatch, factor: int, channel: int) -> None:
    """Colours count in two tiles of twelve only: there and at their borders as if they were looked at everywhere."""
    rng = np.random.default_rng(16)
    monkeypatch.setattr(guided_filter, "_TILE_PX", 16 * factor)
    coefficients = np.zeros((4, 40, 60), np.float32)
    coefficients[3] = rng.uniform(0.2, 0.5, (40, 60))
    coefficients[channel, 20:24, 31] = 0.4  # the last column of a tile
    image = rng.integers(0, 256, (40 * factor, 60 * factor, 3), np.uint8)
    in_tiles = apply_coefficients(coefficients, image)
    with ThreadPoolExecutor(3) as pool:
        np.testing.assert_array_equal(apply_coefficients(coefficients, image, strip_map=pool.map), in_tiles)
    monkeypatch.setattr(guided_filter, "cover_by_tiles", lambda mask, _: (Box(0, 0, *mask.shape),))
    np.testing.assert_allclose(in_tiles, apply_coefficients(coefficients, image), atol=1e-5)
