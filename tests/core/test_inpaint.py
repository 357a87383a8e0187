import numpy as np
import pytest

from portrait.core.inpaint import SWEEPS, inpaint, relax
from portrait.core.resize import downsample_blocks


def holed(values: np.ndarray, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
    """A picture times its weight, and the weight, with a rectangle hidden."""
    weight = np.ones(values.shape[:2], np.float32)
    weight[rows, columns] = 0.0
    return values * weight[..., None], weight


def ramp(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.dstack([x / width, y / height, (x + y) / (width + height)])


@pytest.mark.parametrize(("down", "across"), [(1, 1), (2, 2), (3, 3), (4, 4), (6, 6), (8, 8), (1, 3), (4, 1)])
@pytest.mark.parametrize("size", [(13, 18), (16, 24), (15, 17)])
def test_blocks_are_means_of_what_they_hold(down: int, across: int, size: tuple[int, int]) -> None:
    """The last ones, too, which hold fewer pixels."""
    plane = np.random.default_rng(6).random((*size, 3), dtype=np.float32)
    tops, lefts = range(0, size[0], down), range(0, size[1], across)
    expected = [[plane[y : y + down, x : x + across].mean(axis=(0, 1)) for x in lefts] for y in tops]
    np.testing.assert_allclose(downsample_blocks(plane, down, across), expected, atol=1e-6)
    green = np.ascontiguousarray(plane[..., 1])
    np.testing.assert_allclose(downsample_blocks(green, down, across), np.array(expected)[..., 1], atol=1e-6)


@pytest.mark.parametrize("channels", [3, 9])
def test_fill_reaches_across_any_hole(channels: int) -> None:
    color = np.linspace(0.2, 0.6, channels, dtype=np.float32)
    values, weight = np.zeros((64, 64, channels), np.float32), np.zeros((64, 64), np.float32)
    values[:, :8], weight[:, :8] = color, 1.0
    np.testing.assert_allclose(inpaint(values, weight), np.broadcast_to(color, values.shape), atol=1e-3)


def test_what_is_seen_stays_and_nothing_is_written_to() -> None:
    values, weight = holed(np.random.default_rng(1).random((37, 50, 3), dtype=np.float32), slice(5, 30), slice(9, 33))
    before = values.copy(), weight.copy()
    filled = inpaint(values, weight)
    np.testing.assert_array_equal(filled[weight == 1.0], values[weight == 1.0])
    np.testing.assert_array_equal(values, before[0])
    np.testing.assert_array_equal(weight, before[1])


def test_what_is_hidden_lies_between_what_is_seen() -> None:
    whole = np.random.default_rng(2).uniform(0.2, 0.7, (61, 40, 3)).astype(np.float32)
    filled = inpaint(*holed(whole, slice(10, 50), slice(10, 30)))
    assert filled.min() >= 0.2 - 1e-5
    assert filled.max() <= 0.7 + 1e-5


def test_sweeps_bring_it_nearer_to_a_membrane() -> None:
    """A ramp is a membrane: the more sweeps, the nearer to it."""
    whole = ramp(80, 96)
    values, weight = holed(whole, slice(20, 60), slice(24, 72))
    errors = [float(np.abs(inpaint(values, weight, sweeps=sweeps) - whole).mean()) for sweeps in (0, 2, 8, 32)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.5 * errors[0]


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (37, 1), (3, 2)])
def test_pictures_of_any_shape_are_filled(shape: tuple[int, int]) -> None:
    weight = np.full(shape, 0.01, np.float32)
    filled = inpaint(np.full((*shape, 3), 0.4, np.float32) * weight[..., None], weight)
    np.testing.assert_allclose(filled, 0.4, atol=1e-5)


def test_a_level_of_the_pyramid_comes_out_in_strips_as_in_the_whole() -> None:
    rng = np.random.default_rng(3)
    values, weight = holed(rng.random((50, 41, 3), dtype=np.float32), slice(8, 44), slice(5, 30))
    coarse = rng.random(values.shape, dtype=np.float32)
    whole = relax(coarse, values, weight)
    for start in range(0, 50, 7):
        stop, first = min(50, start + 7), max(0, start - SWEEPS)
        near = slice(first, stop + SWEEPS)
        part = relax(coarse[near], values[near], weight[near])
        np.testing.assert_array_equal(part[start - first : stop - first], whole[start:stop])
