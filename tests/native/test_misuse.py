"""The native passes refuse arrays that do not fit: a C function that trusts them would read past their end."""

from collections.abc import Callable

import numpy as np
import pytest

from portrait.core.color import LEVELS_IN_LINEAR, LEVELS_IN_SRGB
from portrait.native import blurring, layering, matting
from portrait.native.cells import CelledMatte
from portrait.native.compositing import (
    Subject,
    can_upsample,
    composite,
    composite_light,
    composite_upsampled,
    encode,
    upsample_rows,
)
from portrait.native.network_input import make_network_input
from portrait.native.shared_library import call, without_library

IMAGE, ALPHA = np.full((20, 30, 3), 90, np.uint8), np.full((20, 30), 0.5, np.float32)
LIGHT, WEIGHT = np.zeros((7, 10, 3), np.float32), np.zeros((7, 10), np.float32)
NO_INDEX = np.empty(0, np.intp)
FRAMED = np.zeros((4, 7, 10), np.float32)
BEHIND = np.zeros((20, 30, 3), np.float32)
TABLES = LEVELS_IN_LINEAR, LEVELS_IN_SRGB


def downsample(
    image: np.ndarray = IMAGE,
    alpha: np.ndarray = ALPHA,
    index: np.ndarray = NO_INDEX,
    factor: int = 4,
    rows: slice = slice(0, 20),
    light: np.ndarray = LIGHT,
) -> None:
    background = np.zeros((index.size, 3), np.float32)
    blurring.downsample_background(image, CelledMatte.of(alpha), (index, background), factor, rows, (light, WEIGHT))


def subject(index: np.ndarray, foreground: np.ndarray | None = None, alpha: np.ndarray = ALPHA) -> Subject:
    colors = np.zeros((index.size, 3), np.float32) if foreground is None else foreground
    return Subject(IMAGE, CelledMatte.of(alpha), index, colors)


def put(
    index: np.ndarray,
    foreground: np.ndarray | None = None,
    shown: np.ndarray | None = None,
    rows: slice = slice(0, 20),
    alpha: np.ndarray = ALPHA,
) -> None:
    result = IMAGE.copy() if shown is None else shown
    composite(subject(index, foreground, alpha), rows, LEVELS_IN_SRGB, result)


def put_upsampled(index: np.ndarray, small: np.ndarray | None = None, factor: int = 4) -> np.ndarray:
    behind = np.zeros((7, 10, 3), np.uint8) if small is None else small
    return composite_upsampled(behind, factor, subject(index), LEVELS_IN_SRGB)


def put_light(background: np.ndarray = BEHIND, index: np.ndarray = NO_INDEX) -> np.ndarray:
    result = IMAGE.copy()
    colors = np.zeros((index.size, 3), np.float32)
    composite_light(IMAGE, ALPHA, (index, colors), background, 0.005, TABLES, result)
    return result


def unmix(index: np.ndarray, models: np.ndarray | None = None, step: int = 4) -> tuple[np.ndarray, np.ndarray]:
    records = np.ones((5, 8, 20), np.float32) if models is None else models
    layers = np.empty((index.size, 3), np.float32), np.empty((index.size, 3), np.float32)
    layering.unmix(IMAGE, ALPHA, index, records, (1, 2, step), 0.002, LEVELS_IN_LINEAR, layers)
    return layers


def learn(grid: tuple[int, int, int] = (1, 2, 4), rounds: int = 1, alpha: np.ndarray = ALPHA) -> object:
    rules = layering.LearningRules(0.98, 1e-4, 2.0, 2e-5, 0.002)
    return layering.learn_models(IMAGE, alpha, grid, rounds, rules, LEVELS_IN_LINEAR)


def refine(
    rows: slice = slice(0, 20),
    framed: np.ndarray = FRAMED,
    factor: int = 4,
    filtered: np.ndarray = ALPHA,
    minimum: float = 0.0,
) -> None:
    matting.apply_coefficients(framed, factor, IMAGE, rows, minimum, filtered)


def refine_on(framed: np.ndarray = FRAMED, factor: int = 4, previous: np.ndarray = ALPHA) -> object:
    result = CelledMatte.unknown(np.empty_like(ALPHA))
    matting.follow_coefficients(framed, factor, IMAGE, CelledMatte.of(previous), WEIGHT, 0.0, result)
    return result


def find_motion(before: np.ndarray = IMAGE, after: np.ndarray = IMAGE, least: float = 1.0) -> object:
    return matting.measure_motion(before, after, 2.2, least, 12.0)


MISUSES: dict[str, Callable[[], object]] = {
    "another size": lambda: downsample(alpha=ALPHA[:, :-1]),
    "a view": lambda: downsample(image=np.ones((20, 60, 3), np.uint8)[:, ::2]),
    "two channels": lambda: downsample(image=IMAGE[..., :2]),
    "levels as float": lambda: downsample(image=IMAGE.astype(np.float32)),
    "no factor": lambda: downsample(factor=0),
    "rows beyond the end": lambda: downsample(rows=slice(0, 24)),
    "rows that start inside a block": lambda: downsample(rows=slice(2, 20)),
    "rows that end inside a block": lambda: downsample(rows=slice(0, 6)),
    "a small result": lambda: downsample(light=LIGHT[:-1]),
    "an index of 32 bits": lambda: downsample(index=np.zeros(3, np.int32)),
    "an index below 0": lambda: downsample(index=np.array([-1, 4], np.intp)),
    "an index beyond the end": lambda: downsample(index=np.array([4, 600], np.intp)),
    "a descending index": lambda: put(np.array([100, 8], np.intp)),
    "a pixel too often": lambda: put(np.full(2000, 8, np.intp)),
    "a pixel beyond the end": lambda: put(np.array([600], np.intp)),
    "a pixel before the start": lambda: put(np.array([-5], np.intp)),
    "fewer colours": lambda: put(np.array([3, 4], np.intp), np.zeros((1, 3), np.float32)),
    "another image": lambda: put(NO_INDEX, shown=IMAGE[:-1].copy()),
    "a background of another size": lambda: put_light(LIGHT),
    "a small background of another factor": lambda: put_upsampled(NO_INDEX, IMAGE),
    "a factor of six": lambda: put_upsampled(NO_INDEX, IMAGE, 6),
    "rows of the subject beyond the end": lambda: put(NO_INDEX, rows=slice(0, 21)),
    "rows of the subject before the start": lambda: put(NO_INDEX, rows=slice(-1, 20)),
    "a soft pixel in a cell that is all subject": lambda: put(np.array([3], np.intp), alpha=np.ones_like(ALPHA)),
    "cells of another matte": lambda: CelledMatte(ALPHA, np.ones((2, 4), np.uint8)).require_valid(),
    "cells of an image": lambda: CelledMatte.of(LIGHT),
    "soft pixels in rows beyond the end": lambda: layering.find_soft(CelledMatte.of(ALPHA), slice(0, 21), 0.1, 0.9),
    "a descending index over a small background": lambda: put_upsampled(np.array([100, 8], np.intp)),
    "a soft pixel beyond the end of the frame": lambda: put_upsampled(np.array([600], np.intp)),
    "a background of levels": lambda: put_light(IMAGE),
    "a descending index over light": lambda: put_light(index=np.array([100, 8], np.intp)),
    "a soft pixel over light beyond the end": lambda: put_light(index=np.array([600], np.intp)),
    "a small table": lambda: encode(LIGHT, LEVELS_IN_SRGB[:-1]),
    "light as double": lambda: encode(LIGHT.astype(np.float64), LEVELS_IN_SRGB),
    "a factor of three": lambda: upsample_rows(IMAGE, 3, 0, IMAGE[:3, :3].copy()),
    "too many rows": lambda: upsample_rows(IMAGE, 2, 17, IMAGE.copy()),
    "too many columns": lambda: upsample_rows(IMAGE, 2, 0, np.empty((3, 57, 3), np.uint8)),
    "no factor of light": lambda: upsample_rows(BEHIND, 0, 0, BEHIND[:3, :3].copy()),
    "levels from light": lambda: upsample_rows(BEHIND, 2, 0, IMAGE[:3, :3].copy()),
    "more light than there is": lambda: upsample_rows(BEHIND, 3, 50, np.empty((5, 3, 3), np.float32)),
    "a view to write to": lambda: upsample_rows(IMAGE, 2, 0, IMAGE[:, ::2]),
    "rows before the start": lambda: upsample_rows(IMAGE, 2, -1, IMAGE.copy()),
    "grey and colour": lambda: blurring.inpaint(WEIGHT, WEIGHT, 20.0, 2),
    "weights of another size": lambda: blurring.inpaint(LIGHT, WEIGHT[1:], 20.0, 2),
    "no pixels": lambda: blurring.inpaint(LIGHT[:0], WEIGHT[:0], 20.0, 2),
    "a soft pixel beyond the end": lambda: unmix(np.array([3, 600], np.intp)),
    "a soft pixel before the start": lambda: unmix(np.array([-1], np.intp)),
    "models of one layer": lambda: unmix(np.array([3], np.intp), np.ones((5, 8, 9), np.float32)),
    "no models": lambda: unmix(np.array([3], np.intp), np.ones((0, 8, 20), np.float32)),
    "samples at one place": lambda: unmix(np.array([3], np.intp), step=0),
    "samples beyond the image": lambda: learn((20, 0, 4)),
    "samples before the image": lambda: learn((0, -1, 4)),
    "no step between samples": lambda: learn((0, 0, 0)),
    "rounds below 0": lambda: learn(rounds=-1),
    "samples of another matte": lambda: learn(alpha=ALPHA[1:]),
    "alpha as double": lambda: CelledMatte.of(ALPHA.astype(np.float64)),
    "rows beyond the image": lambda: refine(slice(0, 21)),
    "rows before the image": lambda: refine(slice(-1, 20)),
    "no rows": lambda: refine(slice(5, 5)),
    "a minimum above the maximum": lambda: refine(minimum=1.0),
    "three coefficients": lambda: refine(framed=np.zeros((3, 7, 10), np.float32)),
    "coefficients without a frame": lambda: refine(framed=np.zeros((4, 5, 8), np.float32)),
    "no factor of coefficients": lambda: refine(factor=0),
    "the matte of another image": lambda: refine(filtered=ALPHA[1:]),
    "a matte of another size": lambda: matting.follow(ALPHA, ALPHA[1:], WEIGHT, 0.0),
    "coefficients for another image": lambda: refine_on(FRAMED[:, 1:].copy()),
    "no factor of coefficients to be followed": lambda: refine_on(factor=0),
    "the matte before of another size": lambda: refine_on(previous=ALPHA[1:]),
    "a guide of another size": lambda: matting.guided_coefficients(LIGHT[1:], WEIGHT, 2, 1e-4),
    "a radius below 0": lambda: matting.guided_coefficients(LIGHT, WEIGHT, -1, 1e-4),
    "a step too many": lambda: matting.sweep_distances(LIGHT, LIGHT[:, 0], LIGHT[1:, 0, 1:], LIGHT[1:, 0, 1:]),
    "slanted steps of another width": lambda: matting.sweep_distances(LIGHT, LIGHT[1:, 0], LIGHT[1:, 0], LIGHT[1:, 0]),
    "no distance": lambda: matting.sweep_distances(LIGHT[:0], LIGHT[:0, 0], LIGHT[:0, 0], LIGHT[:0, 0]),
    "no guide": lambda: matting.guided_coefficients(LIGHT[:0], WEIGHT[:0], 2, 1e-4),
    "motion between two sizes": lambda: find_motion(after=IMAGE[1:]),
    "motion of nothing": lambda: find_motion(IMAGE[:0], IMAGE[:0]),
    "motion of grey": lambda: find_motion(IMAGE[..., 0].copy(), IMAGE[..., 0].copy()),
    "a threshold of 0": lambda: find_motion(least=0.0),
    "a network's input larger than the image": lambda: make_network_input(IMAGE, (21, 30), [1.0] * 3, [0.0] * 3),
    "a network's input of no rows": lambda: make_network_input(IMAGE, (0, 30), [1.0] * 3, [0.0] * 3),
    "a gain of two channels": lambda: make_network_input(IMAGE, (5, 5), [1.0] * 2, [0.0] * 3),
    "a survey of levels": lambda: matting.survey(IMAGE, 0.5),
    "no gains": lambda: matting.follow(ALPHA, ALPHA, WEIGHT[:0], 0.0),
    "a list": lambda: blurring.inpaint([[1.0]], WEIGHT, 20.0, 2),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("misuse", MISUSES.values(), ids=MISUSES)
def test_it_is_refused(misuse: Callable[[], object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        misuse()


def test_an_index_out_of_order_harms_nothing_else() -> None:
    """The first and the last are in bounds; between them is nonsense, and it is left out."""
    rng = np.random.default_rng(0)
    index = np.concatenate([[0], rng.integers(-(2**40), 2**40, 50), [599]]).astype(np.intp)
    downsample(index=index)
    assert np.isfinite(LIGHT).all()


def test_light_that_is_not_finite_is_refused() -> None:
    for level in (np.nan, np.inf, -np.inf):
        with pytest.raises(FloatingPointError):
            put(np.array([7], np.intp), np.full((1, 3), level, np.float32))
        with pytest.raises(FloatingPointError):
            put_light(np.full_like(BEHIND, level))
        with pytest.raises(FloatingPointError):
            encode(np.array([0.5, level, 0.5], np.float32), LEVELS_IN_SRGB)


def test_an_alpha_that_is_not_a_number_harms_nothing() -> None:
    alpha = ALPHA.copy()
    alpha[3:9, 4:20] = np.nan
    alpha[12:, :9] = np.inf
    downsample(alpha=alpha)
    put(NO_INDEX, alpha=alpha)


def test_models_of_few_samples_reach_every_pixel() -> None:
    model = [0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.0, 0.0, 0.0]
    foreground, background = unmix(np.arange(600), np.array([[[*model, *model, 0.0, 0.0]]], np.float32), 1)
    assert np.isfinite(foreground).all()
    assert np.isfinite(background).all()


def test_without_the_library_nothing_calls_it() -> None:
    with without_library():
        assert not can_upsample(IMAGE, 2)
        with pytest.raises(RuntimeError):
            call("inpaint")
    assert can_upsample(IMAGE, 2)
