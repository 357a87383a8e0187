"""What all compression methods share: their plan, the contract of the result, and the writing of the file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import onnx

from export.atomic import replacing
from export.errors import ExportError
from export.onnx.model_file import ModelFile
from portrait.core.model_spec import METADATA_KEY, ModelSpec

Say = Callable[[str], None]
"""Receives one line of progress."""


@dataclass(frozen=True, slots=True)
class CompressionPlan:
    """Settings of a compression: its data sets, its number of images and its limits.

    Attributes
    ----------
    train_dirs
        Data sets from which calibration images are drawn.
    val_dirs
        Data sets that decide whether the file is accepted.
    pictures
        Largest number of images drawn from ``train_dirs``.
    name
        Name of the new model; None: that of the old one.
    threads
        Number of threads; each works on whole images.
    float_blocks
        Smallest number of blocks kept in float by 8-bit quantisation: those that harm the result most in 8 bits.
    """

    train_dirs: tuple[Path, ...]
    val_dirs: tuple[Path, ...]
    pictures: int = 160
    name: str | None = None
    threads: int = 4
    float_blocks: int = 0


def renamed_spec(spec: ModelSpec, plan: CompressionPlan, suffix: str) -> ModelSpec:
    """The contract of the compressed model; ``suffix``, the method, is appended to its training id."""
    training_id = "-".join(part for part in (spec.training_id, suffix) if part)
    return replace(spec, name=plan.name or spec.name, training_id=training_id)


def save_model_file(model: onnx.ModelProto, spec: ModelSpec, path: Path) -> ModelFile:
    """Write a model with its contract in the metadata; other metadata stays as it is."""
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, {**metadata, METADATA_KEY: spec.to_json()})
    path.write_bytes(model.SerializeToString())
    return ModelFile(path.stem, path, path, spec)


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Write a file atomically, as `export.atomic.replacing` does, with disk errors as `ExportError`.

    Raises
    ------
    ExportError
        The folder cannot be made or written.
    """
    try:
        with replacing(path) as partial:
            yield partial
    except OSError as exc:
        raise ExportError(f"cannot write {path}: {exc.strerror}", "choose another place with -o") from exc
