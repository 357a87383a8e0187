from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from portrait.core.model_spec import ModelSpec
from portrait.errors import ModelError
from portrait.inference.network_input import choose_input_size
from portrait.inference.segmenter import OnnxSegmenter

WriteModel = Callable[..., Path]


def red_left_half(height: int, width: int) -> np.ndarray:
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 0] = 255
    image[:, width // 2 :, 1] = 255
    return image


def test_probability_covers_the_picture_at_the_networks_size(write_model: WriteModel) -> None:
    probability = OnnxSegmenter(write_model()).find_probability(red_left_half(64, 96))
    assert probability.shape == (32, 48)
    assert probability.dtype == np.float32
    assert probability[:, :20].min() > 0.99
    assert probability[:, 28:].max() < 0.01


def test_letterbox_leaves_the_padding_out(write_model: WriteModel) -> None:
    spec = replace(OnnxSegmenter(write_model()).spec, input_fit="letterbox")
    segmenter = OnnxSegmenter(write_model("boxed", spec))
    probability = segmenter.find_probability(red_left_half(96, 48))
    assert probability.shape == (32, 16)
    assert probability[:, :7].min() > 0.99
    assert probability[:, 9:].max() < 0.01


def test_another_input_size_may_be_asked_of_a_dynamic_network(write_model: WriteModel) -> None:
    assert OnnxSegmenter(write_model()).find_probability(red_left_half(64, 64), (40, 24)).shape == (40, 24)


def test_a_video_frame_keeps_its_aspect_ratio_at_as_many_pixels() -> None:
    spec = ModelSpec("any size", 288, 288, size_multiple=16)
    height, width = choose_input_size(spec, (720, 1280))
    assert (height % 16, width % 16) == (0, 0)
    assert width / height == pytest.approx(16 / 9, rel=0.06)
    assert height * width == pytest.approx(288 * 288, rel=0.05)
    assert choose_input_size(spec, (100, 1000)) == choose_input_size(spec, (100, 200)), "no thin strip"


def test_a_tall_picture_keeps_a_part_of_its_aspect_ratio_at_as_many_pixels() -> None:
    spec = ModelSpec("any size", 288, 288, size_multiple=16)
    height, width = choose_input_size(spec, (1280, 720))
    assert (height % 16, width % 16) == (0, 0)
    assert 1.2 < height / width < 16 / 9
    assert height * width == pytest.approx(288 * 288, rel=0.05)
    assert choose_input_size(spec, (1000, 100)) == choose_input_size(spec, (200, 100)), "no thin strip"


@pytest.mark.parametrize("shape", [(960, 1280), (1000, 1500), (1600, 1000), (1, 1)])
def test_other_pictures_are_squashed_as_in_training(shape: tuple[int, int]) -> None:
    assert choose_input_size(ModelSpec("any size", 288, 288, size_multiple=16), shape) == (288, 288)


@pytest.mark.parametrize("values", [{"size_multiple": 0}, {"size_multiple": 16, "input_fit": "letterbox"}])
def test_a_network_of_one_size_or_with_padding_is_run_at_its_own(values: dict[str, Any]) -> None:
    assert choose_input_size(ModelSpec("own size", 144, 256, **values), (720, 1280)) == (144, 256)


def test_a_fixed_network_refuses_another_size(write_model: WriteModel) -> None:
    fixed = replace(OnnxSegmenter(write_model()).spec, size_multiple=0)
    with pytest.raises(ValueError, match=r"\(32, 48\) only"):
        OnnxSegmenter(write_model("fixed", fixed)).find_probability(red_left_half(64, 64), (40, 24))


def test_normalisation_is_the_specs(write_model: WriteModel) -> None:
    image = np.full((8, 8, 3), 128, np.uint8)
    image[..., 0] = 140
    probability = OnnxSegmenter(write_model()).find_probability(image)
    expected = 1.0 / (1.0 + np.exp(-20.0 * (140 - 128) / 255.0 / 0.25))
    np.testing.assert_allclose(probability, expected, rtol=1e-4)


def test_a_network_that_gives_no_numbers_has_failed(write_model: WriteModel) -> None:
    with pytest.raises(ModelError, match="no numbers"):
        OnnxSegmenter(write_model(gain=np.nan)).find_probability(red_left_half(64, 96))


def test_the_provider_in_use_is_told(write_model: WriteModel) -> None:
    report = OnnxSegmenter(write_model()).provider
    assert (report.requested, report.active, report.reason) == ("cpu", "cpu", "")


def test_a_provider_that_is_not_there_is_told_with_its_reason(write_model: WriteModel) -> None:
    report = OnnxSegmenter(write_model(), provider="openvino").provider
    assert report.requested == "openvino"
    assert report.active == "cpu"
    assert "onnxruntime-ep-openvino" in report.reason


def test_unknown_provider_is_refused(write_model: WriteModel) -> None:
    with pytest.raises(ModelError, match="abacus") as caught:
        OnnxSegmenter(write_model(), provider="abacus")
    assert "cpu" in caught.value.hint


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nothing\.onnx"):
        OnnxSegmenter(tmp_path / "nothing.onnx")


def test_a_name_too_long_for_the_disk_is_an_error_for_the_user(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read"):
        OnnxSegmenter(tmp_path / ("x" * 300 + ".onnx"))


def test_damaged_file_is_named(write_model: WriteModel) -> None:
    path = write_model()
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"tiny\.onnx") as caught:
        OnnxSegmenter(path)
    assert caught.value.hint


def test_file_without_contract_is_refused_and_says_how_to_mend_it(write_model: WriteModel) -> None:
    with pytest.raises(ModelError, match="does not say what it expects") as caught:
        OnnxSegmenter(write_model(spec=None))
    assert "convert" in caught.value.hint


def test_a_contract_given_by_hand_opens_a_foreign_file(write_model: WriteModel) -> None:
    spec = ModelSpec("foreign", 16, 16)
    assert OnnxSegmenter(write_model(spec=None), spec=spec).find_probability(red_left_half(9, 9)).shape == (16, 16)
