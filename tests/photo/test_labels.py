"""Labels of a photo: the file, what is said of it, and a subject that is not a person."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from portrait import app
from portrait.core.model_spec import METADATA_KEY, ModelSpec

SPEC = ModelSpec(
    "pets",
    *(48, 64),
    size_multiple=1,
    class_names=("background", "dog", "person"),
    person_class_index=2,
    output_kind="class_logits",
)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A network to which what is red is a person, what is green a dog, all else background."""
    weight = np.array([[0, 0, 20], [0, 20, 0], [20, 0, 0]], np.float32).reshape(3, 3, 1, 1)
    node = helper.make_node("Conv", ["image", "weight"], ["logits"])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3, "h", "w"]) for name in ("image", "logits")]
    stored = helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.ravel())
    graph = helper.make_graph([node], "pets", ends[:1], ends[1:], [stored])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: SPEC.to_json()})
    onnx.save(model, tmp_path / "pets.onnx")
    return tmp_path / "pets.onnx"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A red person at the left and a green dog at the right, on blue with a pattern."""
    image = np.zeros((48, 64, 3), np.uint8)
    image[..., 2] = 150 + 100 * (np.indices((48, 64)).sum(0) % 2)
    image[8:, 6:26] = (240, 20, 20)
    image[20:, 40:58] = (20, 240, 20)
    Image.fromarray(image).save(tmp_path / "in.png")
    return tmp_path / "in.png"


def test_labels_are_saved_and_told(tmp_path: Path, photo: Path, pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, labels = tmp_path / "out.png", tmp_path / "labels.png"
    words = ["photo", photo, "-o", out, "--model", pets, "--save-labels", labels, "--json"]
    assert app.main(list(map(str, words))) == 0
    with Image.open(labels) as saved:
        assert saved.mode == "P"
        numbers, colors = np.asarray(saved), np.asarray(saved.convert("RGB"))
    assert (numbers[30, 10], numbers[30, 50], numbers[2, 2]) == (15, 12, 0)
    assert (colors[30, 10].tolist(), colors[30, 50].tolist()) == ([192, 128, 128], [64, 0, 128])
    told = json.loads(capsys.readouterr().out)
    assert list(told["classes"]) == ["background", "person", "dog"]
    assert told["classes"]["person"] == pytest.approx(40 * 20 / (48 * 64), abs=0.02)


@pytest.mark.parametrize(
    ("subject", "sharp"), [("dog", {"dog"}), ("person", {"person"}), ("person,dog", {"person", "dog"})]
)
def test_the_subject_alone_stays_sharp(subject: str, sharp: set[str], tmp_path: Path, photo: Path, pets: Path) -> None:
    matte = tmp_path / "matte.png"
    words = ["photo", photo, "-o", tmp_path / "out.png", "--model", pets, "--subject", subject, "--save-matte", matte]
    assert app.main(list(map(str, words))) == 0
    alpha = np.asarray(Image.open(matte)) / 65535
    assert (alpha[30, 15] > 0.9, alpha[35, 49] > 0.9) == ("person" in sharp, "dog" in sharp)
    assert alpha[2, 2] < 0.1


def test_an_unknown_subject_is_refused_with_the_known_ones(
    tmp_path: Path, photo: Path, pets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["photo", photo, "-o", tmp_path / "out.png", "--model", pets, "--subject", "cat"]
    assert app.main(list(map(str, words))) == 1
    assert "does not find cat, only dog, person" in capsys.readouterr().err
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize("name", ["labels.jpg", "matte.png", "in.png"])
def test_labels_take_no_other_files_place(name: str, tmp_path: Path, photo: Path, pets: Path) -> None:
    before = photo.read_bytes()
    words = ["photo", photo, "-o", tmp_path / "out.png", "--model", pets, "--save-matte", tmp_path / "matte.png"]
    assert app.main(list(map(str, [*words, "--save-labels", tmp_path / name]))) == 1
    assert not (tmp_path / "out.png").exists()
    assert photo.read_bytes() == before
