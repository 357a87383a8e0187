"""The models of one evaluation, each as an ONNX file and a contract, whatever it came as."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from export.checkpoint import load_checkpoint
from export.foreign import infer_spec, load_onnx, read_spec
from export.to_onnx import convert
from portrait.core.model_spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model to measure.

    Attributes
    ----------
    name
        Unique among the candidates.
    given_path
        What the user named.
    onnx_path
        What is run: the same file, or a temporary one converted from it.
    spec
        Its contract: the one inside, or one guessed from its graph.
    """

    name: str
    given_path: Path
    onnx_path: Path
    spec: ModelSpec

    def sha256(self) -> str:
        """Of the given file."""
        return file_sha256(self.given_path)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_candidates(paths: Sequence[Path], scratch_dir: Path) -> tuple[Candidate, ...]:
    """Make candidates of ONNX files and checkpoints; checkpoints are converted, so what would ship is measured.

    Raises
    ------
    ExportError
        A file is missing, unreadable, or cannot be converted.
    """
    stems = [path.stem for path in paths]
    names = [str(path) if stems.count(path.stem) > 1 else path.stem for path in paths]
    folders = [scratch_dir / str(index) for index in range(len(paths))]
    return tuple(_open_candidate(*each) for each in zip(names, paths, folders, strict=True))


def _open_candidate(name: str, path: Path, folder: Path) -> Candidate:
    onnx_path = path
    if path.suffix != ".onnx":
        onnx_path = folder / f"{path.stem}.onnx"
        convert(*load_checkpoint(path), onnx_path)
    model = load_onnx(onnx_path)
    spec = read_spec(model)
    if spec is None:
        spec = infer_spec(model, name)
        _say_assumed(name, spec)
    return Candidate(name, path, onnx_path, spec)


def _say_assumed(name: str, spec: ModelSpec) -> None:
    print(
        f"{name}: no ModelSpec inside; assumed from its graph: {spec.input_height}×{spec.input_width} "
        f"{spec.layout.upper()}, RGB / 255, {spec.output_kind} of {len(spec.class_names)} classes",
        file=sys.stderr,
    )
