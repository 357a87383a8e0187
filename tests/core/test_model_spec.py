import json
from dataclasses import replace

import pytest

from portrait.core.model_spec import ModelSpec

SPEC = ModelSpec(
    name="voc",
    input_height=513,
    input_width=257,
    input_fit="letterbox",
    size_multiple=16,
    class_names=("background", "person"),
    person_class_index=1,
    output_kind="class_logits",
    licence="Apache-2.0",
)


def test_spec_survives_json() -> None:
    assert ModelSpec.from_json(SPEC.to_json()) == SPEC


@pytest.mark.parametrize(
    "change",
    [
        {"spec_version": 2},
        {"input_height": 0},
        {"input_fit": "stretch"},
        {"output_kind": "mask"},
        {"layout": "hwc"},
        {"normalize_std": [1.0, 0.0, 1.0]},
        {"normalize_mean": [0.5]},
        {"person_class_index": 2},
        {"size_multiple": -1},
        {"flavour": "vanilla"},
    ],
)
def test_nonsense_is_refused(change: dict[str, object]) -> None:
    fields = json.loads(SPEC.to_json()) | change
    with pytest.raises(ValueError, match=r"."):
        ModelSpec.from_json(json.dumps(fields))


def test_fewer_pixels_are_a_smaller_square() -> None:
    smaller = SPEC.with_input_side(320)
    assert (smaller.input_height, smaller.input_width, smaller.input_fit) == (320, 320, "squash")
    assert SPEC.with_input_side(400) is SPEC, "never more pixels"
    fixed = replace(SPEC, size_multiple=0)
    assert fixed.with_input_side(320) is fixed


@pytest.mark.parametrize("text", ["", "[]", "{", '{"spec_version": 1}'])
def test_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ModelSpec.from_json(text)
