"""Labels that a compressed network must keep."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from export.compression.kept_labels import MOST_LABELS_LOST, compare_labels
from export.onnx.model_file import ModelFile
from portrait.core.model_spec import METADATA_KEY, ModelSpec

SPEC = ModelSpec(
    "things",
    *(60, 80),
    class_names=("background", "dog", "person"),
    person_class_index=2,
    output_kind="class_logits",
)


@pytest.fixture
def make_network(tmp_path: Path) -> Callable[..., ModelFile]:
    """A network whose logits are weighted sums of red, green and blue."""

    def make(name: str, *rows: tuple[float, float, float], spec: ModelSpec = SPEC) -> ModelFile:
        weight = helper.make_tensor("weight", TensorProto.FLOAT, (len(rows), 3, 1, 1), np.ravel(rows))
        ends = [helper.make_tensor_value_info(end, TensorProto.FLOAT, None) for end in ("image", "logits")]
        node = helper.make_node("Conv", ["image", "weight"], ["logits"])
        graph = helper.make_graph([node], name, ends[:1], ends[1:], [weight])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        helper.set_model_props(model, {METADATA_KEY: spec.to_json()})
        onnx.save(model, tmp_path / f"{name}.onnx")
        return ModelFile(name, tmp_path / f"{name}.onnx", tmp_path / f"{name}.onnx", spec)

    return make


def test_labels_of_things_count_not_the_background(
    make_network: Callable[..., ModelFile], make_data_set: Callable[..., Path]
) -> None:
    data = make_data_set("red", count=1)  # a red square on green
    person = make_network("person", (0, 1, 0), (0, 0, 1), (2, 0, 0))  # green is background, red a person
    same = make_network("same", (0, 2, 0), (0, 0, 2), (4, 0, 0))
    dog = make_network("dog", (0, 1, 0), (2, 0, 0), (0, 0, 1))
    (kept,) = compare_labels(person, same, [data], 1)
    (lost,) = compare_labels(person, dog, [data], 1)
    assert (kept.after, kept.is_accepted) == (1.0, True)
    assert (lost.after, lost.is_accepted) == (0.0, False)  # though most of the image is background to both
    assert lost.most_lost == MOST_LABELS_LOST


def test_where_nothing_is_seen_all_is_kept(
    make_network: Callable[..., ModelFile], make_data_set: Callable[..., Path]
) -> None:
    nothing = make_network("nothing", (1, 1, 1), (0, 0, 0), (0, 0, 0))
    data = make_data_set("empty", with_people=False)
    (kept,) = compare_labels(nothing, nothing, [data], 1)
    assert kept.is_accepted


def test_a_network_of_people_has_no_labels_to_keep(make_network: Callable[..., ModelFile], tmp_path: Path) -> None:
    people = make_network("people", (1, 0, 0), spec=ModelSpec("people", 60, 80))
    assert compare_labels(people, people, [tmp_path / "not read"], 1) == ()
