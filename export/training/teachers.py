"""Teachers for knowledge distillation: networks whose probability stands in for the label where it is void."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.data.labels import VOID_LABEL
from export.errors import ExportError
from export.models.checkpoint import load_checkpoint
from export.models.normalize import to_input
from export.onnx.loading import infer_spec, load_onnx, read_spec
from export.training.config import Distillation
from portrait.core.model_spec import ModelSpec
from portrait.inference.segmenter import OnnxSegmenter, Segmenter

MIN_VOID_FRACTION = 0.01
"""Images with a smaller share of void pixels, such as a sliver at a rotated border, are not given to the teacher."""

Size = tuple[int, int]
"""(height, width) in pixels."""


class Teacher(Protocol):
    """Finds people in a minibatch of images, augmented as the student sees them: cropped, recoloured, degraded."""

    def find_probability(self, images: Tensor) -> Tensor:
        """uint8 (N, H, W, 3) RGB → the person's probability, float32 (N, H, W), on the same device."""


class OnnxTeacher:
    """An ONNX file, run at one input size (height, width)."""

    def __init__(self, segmenter: Segmenter, input_size: Size) -> None:
        self._segmenter = segmenter
        self._input_size = input_size

    def find_probability(self, images: Tensor) -> Tensor:
        """See `Teacher`."""
        arrays = images.cpu().numpy()
        found = [torch.from_numpy(self._segmenter.find_probability(one, self._input_size)) for one in arrays]
        return _resize(torch.stack(found)[:, None], images.shape[1:3])[:, 0].to(images.device)


class NetworkTeacher:
    """A network trained here, run at one input size (height, width)."""

    def __init__(self, network: nn.Module, input_size: Size) -> None:
        self._network = network.eval()
        self._input_size = input_size

    @torch.no_grad()
    def find_probability(self, images: Tensor) -> Tensor:
        """See `Teacher`."""
        probability = self._network(_resize(to_input(images), self._input_size))["out"].sigmoid()
        return _resize(probability, images.shape[1:3])[:, 0]


class MeanTeacher:
    """Ensemble: the mean probability of several teachers, or of one at several input sizes."""

    def __init__(self, members: Sequence[Teacher]) -> None:
        self._members = tuple(members)

    def find_probability(self, images: Tensor) -> Tensor:
        """See `Teacher`."""
        return torch.stack([member.find_probability(images) for member in self._members]).mean(dim=0)


class FlipTeacher:
    """Flip test-time augmentation: the mean probability over the images and their mirror images."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher

    def find_probability(self, images: Tensor) -> Tensor:
        """See `Teacher`."""
        mirrored = self._teacher.find_probability(images.flip(2)).flip(2)
        return 0.5 * (self._teacher.find_probability(images) + mirrored)


def open_teacher(settings: Distillation, device: torch.device, threads: int = 4) -> Teacher | None:
    """The teacher that the settings describe; None where they name none.

    Parameters
    ----------
    settings
        Files, scales and flip.
    device
        Where checkpoints run; ONNX files run on the CPU.
    threads
        Compute threads of an ONNX file.

    Raises
    ------
    ExportError
        A file is missing or damaged, or takes no other input size than its own.
    ModelError
        A file cannot be run.
    """
    if not settings.teachers:
        return None
    members = [member for path in settings.teachers for member in _open_members(path, settings.scales, device, threads)]
    teacher: Teacher = members[0] if len(members) == 1 else MeanTeacher(members)
    return FlipTeacher(teacher) if settings.flip else teacher


def _open_members(path: Path, scales: Sequence[float], device: torch.device, threads: int) -> list[Teacher]:
    """One teacher for each input scale; the file is opened once."""
    if path.suffix != ".onnx":
        network, spec = load_checkpoint(path)
        network.to(device)
        return [NetworkTeacher(network, _scaled_size(spec, scale)) for scale in scales]
    model = load_onnx(path)
    spec = read_spec(model) or infer_spec(model, path.stem)
    segmenter = OnnxSegmenter(path, threads=threads, spec=spec)
    return [OnnxTeacher(segmenter, _scaled_size(spec, scale)) for scale in scales]


def _scaled_size(spec: ModelSpec, scale: float) -> Size:
    """The contract's input size times ``scale``, rounded to its size multiple."""
    own = (spec.input_height, spec.input_width)
    if scale == 1.0:
        return own
    if not spec.is_dynamic:
        raise ExportError(f"{spec.name} takes {own[0]}×{own[1]} only", "leave out the scales, or convert it unsized")
    step = spec.size_multiple
    height, width = (max(step, round(side * scale / step) * step) for side in own)
    return height, width


def ask_where_void(teacher: Teacher, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The teacher's probability for images with void pixels, and the mask of the pixels to distil.

    Images with fewer void pixels than `MIN_VOID_FRACTION` are skipped: probability 0, mask False.

    Parameters
    ----------
    images
        uint8 (N, H, W, 3).
    labels
        uint8 (N, H, W).

    Returns
    -------
    probability, taught
        float32 (N, H, W), 0 … 1, and bool (N, H, W): where it is to be learned.
    """
    void = labels == VOID_LABEL
    asked = void.float().mean(dim=(1, 2)) >= MIN_VOID_FRACTION
    probability = torch.zeros(labels.shape, device=labels.device)
    if asked.any():
        probability[asked] = teacher.find_probability(images[asked])
    return probability, void & asked[:, None, None]


def _resize(x: Tensor, size: Sequence[int]) -> Tensor:
    if tuple(x.shape[2:]) == tuple(size):
        return x
    return F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=False, antialias=True)
