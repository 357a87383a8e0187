"""What every way to a smaller file of a network shares: pictures, contract, and how the file is written."""

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
    """What a smaller file is made with and judged on.

    Attributes
    ----------
    train_dirs
        Data sets that activations are observed on.
    val_dirs
        Data sets that decide whether the file is accepted.
    pictures
        Drawn from ``train_dirs``, at most.
    name
        Of the new model; None: that of the old one.
    threads
        That share the pictures.
    float_blocks
        How many of the most sensitive blocks stay in float at least, where layers get 8 bits.
    """

    train_dirs: tuple[Path, ...]
    val_dirs: tuple[Path, ...]
    pictures: int = 160
    name: str | None = None
    threads: int = 4
    float_blocks: int = 0


def renamed_spec(spec: ModelSpec, plan: CompressionPlan, suffix: str) -> ModelSpec:
    """The contract of the smaller file: its training id says what was done to it."""
    training_id = "-".join(part for part in (spec.training_id, suffix) if part)
    return replace(spec, name=plan.name or spec.name, training_id=training_id)


def save_model_file(model: onnx.ModelProto, spec: ModelSpec, path: Path) -> ModelFile:
    """Write a file with its contract inside; other metadata stays as it is."""
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, {**metadata, METADATA_KEY: spec.to_json()})
    path.write_bytes(model.SerializeToString())
    return ModelFile(path.stem, path, path, spec)


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """As `export.atomic.replacing`.

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
