"""Tiny networks and data sets for the tests of training and export."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from export.onnx.to_onnx import convert
from portrait.core.model_spec import ModelSpec


class RedFinder(nn.Module):
    """Takes what is red for a person; one channel, or one per class with the person last."""

    def __init__(self, class_count: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU6())
        self.head = nn.Conv2d(4, class_count, 1)
        with torch.no_grad():
            self.body[0].weight.zero_()
            self.body[0].weight[:, 0] = 1 / 9
            self.body[0].weight[:, 1] = -1 / 9
            self.head.weight.zero_()
            self.head.weight[-1] = 4.0
            self.head.bias.zero_()
            self.head.bias[-1] = -6.0

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        logits = self.head(self.body(image))
        return {"out": F.interpolate(logits, size=image.shape[2:], mode="bilinear", align_corners=False)}


@pytest.fixture
def red_finder(monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    """A network in eval mode that can also be built by the name "red_finder"."""
    monkeypatch.setattr("export.models.ARCHITECTURES", {"red_finder": RedFinder})
    return RedFinder().eval()


PERSON_SPEC = ModelSpec(name="red", input_height=48, input_width=32, training_id="by hand", licence="Apache-2.0")


@pytest.fixture
def person_spec() -> ModelSpec:
    return PERSON_SPEC


@pytest.fixture(scope="session")
def exported_red(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`RedFinder` as a file for any size, exported once: that takes seconds."""
    path = tmp_path_factory.mktemp("red") / "red.onnx"
    convert(RedFinder().eval(), PERSON_SPEC, path)
    return path


@pytest.fixture
def red_onnx(tmp_path: Path, exported_red: Path) -> Path:
    """A copy of it, which a test may change."""
    return Path(shutil.copy(exported_red, tmp_path / "red.onnx"))


@pytest.fixture
def fill_weights() -> Callable[[nn.Module], None]:
    """Give a network weights that are far from their start, the same ones on every machine.

    The rule is that of ``reference/README.md``.
    """

    def fill(network: nn.Module) -> None:
        state = network.state_dict()
        for index, key in enumerate(sorted(state)):
            state[key] = _by_rule(key, state[key], index)
        network.load_state_dict(state)

    return fill


def _by_rule(key: str, tensor: Tensor, index: int) -> Tensor:
    if key.endswith("num_batches_tracked"):
        return tensor
    wave = np.sin(np.arange(tensor.numel()) * 0.37 + index).reshape(tensor.shape)
    if key.endswith("running_mean") or key.endswith("bias"):
        filled = 0.05 * wave
    elif tensor.ndim == 4:
        filled = wave * np.sqrt(2 / np.prod(tensor.shape[1:]))
    else:
        filled = 1 + 0.1 * wave
    return torch.from_numpy(filled.astype(np.float32))


@pytest.fixture
def make_data_set(tmp_path: Path) -> Callable[..., Path]:
    """Write a data set of green pictures with a red square; without people when asked, then the masks are left out."""

    def make(name: str, *, count: int = 2, with_people: bool = True) -> Path:
        folder = tmp_path / name
        (folder / "images").mkdir(parents=True)
        for index in range(count):
            image = np.full((60, 80, 3), (0, 200, 0), dtype=np.uint8)
            mask = np.zeros((60, 80), dtype=np.uint8)
            if with_people:
                mask[10:50, 10 + 10 * index : 50 + 10 * index] = 255
                image[mask == 255] = (255, 0, 0)
                mask[:, :3] = 128
                (folder / "masks").mkdir(exist_ok=True)
                Image.fromarray(mask).save(folder / "masks" / f"{index}.png")
            Image.fromarray(image).save(folder / "images" / f"{index}.png")
        return folder

    return make
