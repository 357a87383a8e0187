"""Ranges of activations: what pictures give, and what each rule keeps of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.compression.calibration import (
    RANGE_RULES,
    ActivationHistogram,
    collect_histograms,
    draw_images,
    percentile_range,
    squared_error_range,
)
from portrait.core.model_spec import ModelSpec
from portrait.inference.network_input import fit_input, to_network_input


def _histogram(values: NDArray[np.float64]) -> ActivationHistogram:
    counts, edges = np.histogram(values, bins=2048)
    return ActivationHistogram(float(edges[0]), float(edges[-1]), counts)


@pytest.fixture
def normal_values() -> NDArray[np.float64]:
    return np.random.default_rng(0).normal(size=200_000)


@pytest.mark.parametrize("rule", RANGE_RULES)
def test_every_rule_stays_within_what_was_seen_and_keeps_most_of_it(
    rule: str, normal_values: NDArray[np.float64]
) -> None:
    lowest, highest = RANGE_RULES[rule](_histogram(normal_values))
    assert normal_values.min() - 1e-9 <= lowest < highest <= normal_values.max() + 1e-9
    assert np.mean((normal_values >= lowest) & (normal_values <= highest)) > 0.8


@pytest.mark.parametrize("rule", RANGE_RULES)
@pytest.mark.parametrize("constant", [0.0, 3.0, -2.0])
def test_every_rule_takes_an_activation_that_never_changes(rule: str, constant: float) -> None:
    counts = np.zeros(2048, np.int64)
    counts[0] = 100
    lowest, highest = RANGE_RULES[rule](ActivationHistogram(constant, constant, counts))
    assert np.isfinite([lowest, highest]).all()


def test_percentile_cuts_that_share_of_the_values(normal_values: NDArray[np.float64]) -> None:
    lowest, highest = percentile_range(99.0)(_histogram(normal_values))
    assert np.mean((normal_values < lowest) | (normal_values > highest)) == pytest.approx(0.01, abs=0.002)


def test_percentile_keeps_the_zeros_of_a_relu(normal_values: NDArray[np.float64]) -> None:
    assert percentile_range(99.99)(_histogram(normal_values.clip(0.0)))[0] == 0.0


def test_least_squared_error_gives_up_a_lonely_outlier_but_not_a_flat_spread(
    normal_values: NDArray[np.float64],
) -> None:
    assert squared_error_range(_histogram(np.append(normal_values, 60.0)))[1] < 55.0
    even = np.linspace(-1.0, 1.0, 100_000)
    assert squared_error_range(_histogram(even)) == pytest.approx((-1.0, 1.0))


def _halving_network() -> onnx.ModelProto:
    """y = relu(x / 2)."""
    half = numpy_helper.from_array(np.float32(0.5).reshape(1), "half")
    nodes = [helper.make_node("Mul", ["image", "half"], ["halved"]), helper.make_node("Relu", ["halved"], ["y"])]
    shape = [1, 3, None, None]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("image", "y")]
    graph = helper.make_graph(nodes, "halving", values[:1], values[1:], [half])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def test_histograms_are_those_of_the_activations_over_all_pictures() -> None:
    rng = np.random.default_rng(1)
    images = [rng.normal(size=(1, 3, 9, 7)).astype(np.float32) for _ in range(3)]
    found = collect_histograms(_halving_network(), ["image", "halved", "y"], images, threads=2)
    together = np.concatenate([image.ravel() for image in images])
    for name, values in (("image", together), ("halved", together / 2), ("y", (together / 2).clip(0.0))):
        one = found[name]
        assert (one.lowest, one.highest) == pytest.approx((values.min(), values.max()))
        assert one.counts.sum() == values.size
        assert (one.counts * one.centers()).sum() / values.size == pytest.approx(values.mean(), abs=2e-3)


def test_pictures_are_drawn_evenly_and_always_the_same(
    make_data_set: Callable[..., Path], person_spec: ModelSpec
) -> None:
    folders = [make_data_set("many", count=3), make_data_set("rooms", count=2, with_people=False)]
    drawn = draw_images(folders, 4, person_spec)
    assert [image.shape for image in drawn] == [(48, 32, 3)] * 4
    assert [bool((image[..., 0] > 200).any()) for image in drawn] == [True, False, True, False]
    assert len(draw_images(folders, 100, person_spec)) == 5
    np.testing.assert_array_equal(drawn, draw_images(folders, 4, person_spec))


def test_network_input_is_normalised_laid_out_and_padded_as_the_contract_says(person_spec: ModelSpec) -> None:
    white = np.full((48, 96, 3), 255, np.uint8)
    squashed = to_network_input(white, person_spec, fit_input(white, person_spec))
    assert squashed.shape == (1, 3, 48, 32)
    np.testing.assert_allclose(squashed, 1.0, rtol=1e-6)
    spec = replace(person_spec, input_fit="letterbox", layout="nhwc")
    letterboxed = to_network_input(white, spec, fit_input(white, spec))
    assert letterboxed.shape == (1, 48, 32, 3)
    np.testing.assert_allclose(letterboxed[0, 16:32], 1.0, rtol=1e-6)
    np.testing.assert_allclose(letterboxed[0, :15], 0.0, atol=0.005)
