"""Teachers of every kind, and a student that learns from one alone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from export.data.data_set import ImageCache, find_data_set
from export.data.labels import VOID_LABEL
from export.data.train_samples import TrainSamples
from export.data.transforms import TrainPreset
from export.data.unlabelled import MixedSamples
from export.errors import DataError, ExportError
from export.models.checkpoint import load_checkpoint, save_checkpoint
from export.models.normalize import NORMALIZE
from export.onnx.to_onnx import convert
from export.training.config import Distillation, LossWeights, TrainConfig
from export.training.distributed import World
from export.training.teachers import FlipTeacher, MeanTeacher, NetworkTeacher, ask_where_void, open_teacher
from export.training.train import minibatch_loss, open_run, run_training
from portrait.core.metrics.matte_metrics import Confusion, count_confusion
from portrait.core.model_spec import METADATA_KEY, ModelSpec

CPU = torch.device("cpu")


class LevelTeacher:
    """The same probability everywhere on the left half, nothing on the right; remembers how much it was asked."""

    def __init__(self, level: float) -> None:
        self.level = level
        self.asked: list[int] = []

    def find_probability(self, images: Tensor) -> Tensor:
        self.asked.append(len(images))
        probability = torch.zeros(images.shape[:3])
        probability[..., : images.shape[2] // 2] = self.level
        return probability


@pytest.fixture
def spec() -> ModelSpec:
    """Of networks trained here."""
    normalize = (NORMALIZE,) * 3
    return ModelSpec("red", 32, 32, size_multiple=16, normalize_mean=normalize, normalize_std=normalize)


@pytest.fixture
def checkpoint(tmp_path: Path, red_finder: nn.Module, spec: ModelSpec) -> Path:
    path, state = tmp_path / "red.pt", red_finder.state_dict()
    save_checkpoint(path, {"arch": "red_finder", "config": {}, "spec": spec.to_json(), "model": state, "ema": state})
    return path


def red_squares(count: int = 2, size_px: int = 48) -> Tensor:
    """uint8 (N, H, W, 3): green, with a red square that moves."""
    images = torch.zeros(count, size_px, size_px, 3, dtype=torch.uint8)
    images[..., 1] = 200
    for index in range(count):
        images[index, 10:30, 4 + 6 * index : 28 + 6 * index] = torch.tensor([255, 0, 0], dtype=torch.uint8)
    return images


def is_red(images: Tensor) -> NDArray[np.bool_]:
    return (images[..., 0] > images[..., 1]).numpy()


def test_onnx_files_with_and_without_a_contract_teach_as_the_checkpoint_does(tmp_path: Path, checkpoint: Path) -> None:
    with_spec, foreign, fixed = (tmp_path / f"{name}.onnx" for name in ("with_spec", "foreign", "fixed"))
    convert(*load_checkpoint(checkpoint), with_spec)
    write_spec(with_spec, foreign, None)
    found = [ask(Distillation((path,), flip=False), red_squares()) for path in (checkpoint, with_spec, foreign)]
    for probability in found:
        assert probability.shape == (2, 48, 48)
        assert probability.dtype == torch.float32
    confusion = sum(map(count_confusion, (found[0] > 0.5).numpy(), is_red(red_squares())), Confusion())
    assert confusion.person_iou > 0.8
    assert (found[0] - found[1]).abs().mean() < 0.02

    write_spec(with_spec, fixed, ModelSpec("fixed", 32, 48))
    with pytest.raises(ExportError, match="32×48 only"):
        open_teacher(Distillation((fixed,), scales=(0.5, 1.0)), CPU)


def write_spec(source: Path, path: Path, spec: ModelSpec | None) -> None:
    """Copy an ONNX file with another contract, or with none."""
    model = onnx.load(source)
    del model.metadata_props[:]
    if spec is not None:
        onnx.helper.set_model_props(model, {METADATA_KEY: spec.to_json()})
    onnx.save(model, path)


def ask(settings: Distillation, images: Tensor) -> Tensor:
    teacher = open_teacher(settings, CPU, threads=1)
    assert teacher is not None
    return teacher.find_probability(images)


def test_several_files_and_scales_are_averaged(checkpoint: Path) -> None:
    images = red_squares()
    network, _ = load_checkpoint(checkpoint)
    small, large = (NetworkTeacher(network, (side, side)).find_probability(images) for side in (32, 64))
    assert not torch.equal(small, large)
    both = ask(Distillation((checkpoint,), scales=(1.0, 2.0), flip=False), images)
    torch.testing.assert_close(both, (small + large) / 2)
    three = MeanTeacher([LevelTeacher(0.9), LevelTeacher(0.6), LevelTeacher(0.0)]).find_probability(images)
    torch.testing.assert_close(three[..., :24], torch.full((2, 48, 24), 0.5))


def test_the_mean_over_mirror_images_is_symmetric() -> None:
    images = torch.zeros(1, 8, 8, 3, dtype=torch.uint8)
    probability = FlipTeacher(LevelTeacher(0.8)).find_probability(images)
    torch.testing.assert_close(probability, torch.full((1, 8, 8), 0.4))


def test_no_teacher_is_none() -> None:
    assert open_teacher(Distillation(), CPU) is None


@pytest.mark.parametrize("name", ["none.onnx", "none.pt"])
def test_a_missing_teacher_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match=f"there is no .*{name}"):
        open_teacher(Distillation((tmp_path / name,)), CPU)


def test_only_pictures_with_enough_void_are_asked_about() -> None:
    labels = torch.zeros(3, 20, 20, dtype=torch.uint8)
    labels[0], labels[1, 0, 0] = VOID_LABEL, VOID_LABEL
    teacher = LevelTeacher(0.9)
    probability, taught = ask_where_void(teacher, torch.zeros(3, 20, 20, 3, dtype=torch.uint8), labels)
    assert teacher.asked == [1]
    assert taught[0].all()
    assert not taught[1:].any()
    assert probability[0, 0].tolist() == pytest.approx([0.9] * 10 + [0.0] * 10)
    ask_where_void(teacher, torch.zeros(1, 20, 20, 3, dtype=torch.uint8), labels[2:])
    assert teacher.asked == [1]


@pytest.fixture
def config(tmp_path: Path, red_finder: nn.Module, make_data_set: Callable[..., Path]) -> TrainConfig:
    """A student without labels: pictures of which nobody said where people are."""
    return TrainConfig(
        train_dirs=(),
        unlabelled_dirs=(make_data_set("photos", count=6),),
        out_dir=tmp_path / "student",
        arch="red_finder",
        input_size_px=32,
        epochs=1,
        minibatch_size=2,
        device="cpu",
        threads=1,
        workers=0,
    )


def test_a_student_learns_the_teachers_mask_from_unlabelled_pictures_alone(
    config: TrainConfig, checkpoint: Path
) -> None:
    """The teacher takes red for people; the student starts from the opposite."""
    network, _ = load_checkpoint(checkpoint)
    with torch.no_grad():
        network.head.weight.neg_()  # type: ignore[operator, union-attr]
        network.head.bias.neg_()  # type: ignore[operator, union-attr]
    ignorant = checkpoint.with_name("ignorant.pt")
    torch.save(network.state_dict(), ignorant)
    taught = replace(
        config,
        initial_weights=ignorant,
        distillation=Distillation((checkpoint,), flip=False),
        losses=LossWeights(distillation=5.0),
        epochs=12,
        head_learning_rate=0.3,
        ema_decay=0.8,
        checkpoint_every_steps=1000,
    )
    student, _ = load_checkpoint(run_training(taught))
    images = red_squares(4)
    agreement = []
    for pupil in (network, student):
        found = NetworkTeacher(pupil, (32, 32)).find_probability(images) > 0.5
        expected = NetworkTeacher(load_checkpoint(checkpoint)[0], (32, 32)).find_probability(images) > 0.5
        agreement.append(sum(map(count_confusion, found.numpy(), expected.numpy()), Confusion()).person_iou)
    assert agreement[0] < 0.1
    assert agreement[1] > 0.8


def test_void_pixels_get_a_gradient_only_with_a_teacher(
    config: TrainConfig, make_data_set: Callable[..., Path]
) -> None:
    config = replace(config, train_dirs=(make_data_set("people", count=3),), unlabelled_dirs=(), preset="plain")
    images, labels = red_squares(2, 32), torch.zeros(2, 2, 32, 32, dtype=torch.uint8)
    labels[:, :, 8:] = VOID_LABEL
    people = torch.zeros(2, 4, 8, 8)
    reached = {}
    run = open_run(config, World(CPU))
    for name, teacher in (("labels", None), ("teacher", LevelTeacher(0.7))):
        watched = _Watched(run.state.network)
        run.state.replica = watched
        minibatch_loss(replace(run, teacher=teacher), images, labels, people).backward()  # type: ignore[no-untyped-call]
        assert watched.logits.grad is not None
        reached[name] = watched.logits.grad[:, 0] != 0
    assert reached["labels"][:, :8].all()
    assert not reached["labels"][:, 8:].any()
    assert reached["teacher"].all()


class _Watched(nn.Module):
    """Keeps the logits, and so their gradient."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        self.logits = self.network(image)["out"]
        self.logits.retain_grad()
        return {"out": self.logits}


def test_unlabelled_pictures_without_anyone_to_teach_are_an_error(config: TrainConfig) -> None:
    with pytest.raises(DataError, match="nothing is learned") as caught:
        run_training(config)
    assert "--teacher" in caught.value.hint


def test_unlabelled_pictures_come_once_an_epoch_and_are_void(
    tmp_path: Path, make_data_set: Callable[..., Path]
) -> None:
    """Even where there are masks: they are not looked at."""
    people, photos = find_data_set(make_data_set("people", count=3)), find_data_set(make_data_set("photos", count=4))
    cache, preset = ImageCache(tmp_path / "cache"), TrainPreset(32)
    labelled = TrainSamples([people], cache, preset, seed=5)
    mixed = MixedSamples(labelled, [photos], cache, preset, seed=5)
    assert mixed.epoch_length() == labelled.epoch_length() + 4
    epochs = [[mixed[(epoch, position)] for position in range(mixed.epoch_length())] for epoch in (0, 1, 0)]
    for samples in epochs:
        assert sum(bool((label == VOID_LABEL).all()) for _, label, _ in samples) == 4
    for first, again in zip(epochs[0], epochs[2], strict=True):
        assert np.array_equal(first[0], again[0])
    voids = [[bool((label == VOID_LABEL).all()) for _, label, _ in samples] for samples in epochs]
    assert voids[0] != voids[1]
