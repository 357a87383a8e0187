"""Models given as ONNX files or checkpoints, opened as ONNX files with their contracts."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from export.models.checkpoint import load_checkpoint
from export.onnx.loading import infer_spec, load_onnx, read_spec
from export.onnx.to_onnx import convert
from portrait.core.model_spec import ModelSpec


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model as an ONNX file, with its contract.

    Attributes
    ----------
    name
        Unique among the models that are opened together.
    given_path
        The file that the user gave: ONNX or checkpoint.
    onnx_path
        The file that is run: the given one, or a temporary one converted from the given checkpoint.
    spec
        Its contract: the one in its metadata, or one inferred from its graph.
    """

    name: str
    given_path: Path
    onnx_path: Path
    spec: ModelSpec

    def sha256(self) -> str:
        """SHA-256 of the given file, in hexadecimal."""
        return file_sha256(self.given_path)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_models(paths: Sequence[Path], scratch_dir: Path) -> tuple[ModelFile, ...]:
    """Open ONNX files and checkpoints; checkpoints are converted to ONNX first, as they would be shipped.

    Raises
    ------
    ExportError
        A file is missing, unreadable, or cannot be converted.
    """
    stems = [path.stem for path in paths]
    names = [str(path) if stems.count(path.stem) > 1 else path.stem for path in paths]
    folders = [scratch_dir / str(index) for index in range(len(paths))]
    return tuple(_open_model(*each) for each in zip(names, paths, folders, strict=True))


def _open_model(name: str, path: Path, folder: Path) -> ModelFile:
    onnx_path = path
    if path.suffix != ".onnx":
        onnx_path = folder / f"{path.stem}.onnx"
        convert(*load_checkpoint(path), onnx_path)
    model = load_onnx(onnx_path)
    spec = read_spec(model)
    if spec is None:
        spec = infer_spec(model, name)
        _report_inferred(name, spec)
    return ModelFile(name, path, onnx_path, spec)


def _report_inferred(name: str, spec: ModelSpec) -> None:
    print(
        f"{name}: no ModelSpec inside; assumed from its graph: {spec.input_height}×{spec.input_width} "
        f"{spec.layout.upper()}, RGB / 255, {spec.output_kind} of {len(spec.class_names)} classes",
        file=sys.stderr,
    )
