"""Networks for depth, whose right answer is known: the redder the nearer."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from portrait.core.model_spec import ModelSpec
from portrait.errors import ModelError
from portrait.inference.depth_network import DEPTH_PRESETS, OnnxDepthNetwork, choose_depth_input
from portrait.inference.segmenter import OnnxSegmenter

WriteModel = Callable[..., Path]
OWN = ModelSpec("own", 40, 60, normalize_mean=(0.0,) * 3, normalize_std=(1.0,) * 3, output_kind="inverse_depth")


def red_ramp(height: int, width: int) -> np.ndarray:
    """Red grows from left to right."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(0, 255, width).round()
    return image


@pytest.mark.parametrize(
    ("preset", "shape", "wanted"),
    [
        ("depth-anything-v2-small", (518, 518), (518, 518)),
        ("depth-anything-v2-small", (1080, 1920), (518, 924)),
        ("depth-anything-v2-small", (1600, 1200), (686, 518)),
        ("depth-anything-v2-small", (100, 2000), (518, 1554)),
        ("midas-small", (480, 640), (192, 256)),
        ("midas-small", (1920, 1080), (256, 128)),
        ("midas-small", (10, 2000), (96, 256)),
    ],
)
def test_inputs_have_the_published_sizes(preset: str, shape: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert choose_depth_input(DEPTH_PRESETS[preset], shape) == wanted


@pytest.mark.parametrize(
    ("name", "sides", "size"),
    [
        ("midas_v21_small", ("h", "w"), (128, 256)),
        ("depth_anything_v2_vits", ("h", "w"), (518, 1036)),
        ("model-small", (256, 256), (256, 256)),
    ],
)
def test_a_known_file_is_fed_by_its_published_rule(
    write_depth_model: WriteModel, name: str, sides: tuple[int | str, int | str], size: tuple[int, int]
) -> None:
    depth = OnnxDepthNetwork(write_depth_model(name, sides), threads=1).find_depth(red_ramp(100, 200))
    assert depth.nearness.shape == size
    red = np.linspace(0.0, 1.0, size[1], dtype=np.float32)
    np.testing.assert_allclose(depth.nearness[7], (red - 0.485) / 0.229, atol=0.03)
    assert (depth.infinity, depth.focus) == (None, None)


def test_a_contract_in_the_file_goes_before_its_name(write_depth_model: WriteModel) -> None:
    network = OnnxDepthNetwork(write_depth_model("midas", (40, 60), OWN), threads=1)
    assert network.spec == OWN
    nearness = network.find_depth(red_ramp(20, 60)).nearness
    np.testing.assert_allclose(nearness[0], np.linspace(0.0, 1.0, 60), atol=0.01)


def test_a_file_that_says_nothing_is_refused_with_the_way_out(write_depth_model: WriteModel) -> None:
    with pytest.raises(ModelError, match="does not say what it expects") as caught:
        OnnxDepthNetwork(write_depth_model("some"), threads=1)
    assert "portrait models add" in caught.value.hint
    rule = DEPTH_PRESETS["midas-small"]
    assert OnnxDepthNetwork(write_depth_model("some"), threads=1, spec=rule).spec is rule


def test_networks_for_people_and_for_depth_are_not_mixed_up(
    write_depth_model: WriteModel, write_model: WriteModel
) -> None:
    with pytest.raises(ModelError, match="no network for depth"):
        OnnxDepthNetwork(write_model("people"), threads=1)
    with pytest.raises(ModelError, match="finds depth, not people") as caught:
        OnnxSegmenter(write_depth_model("depth", (40, 60), OWN), threads=1)
    assert "--depth-model" in caught.value.hint
