"""Which models there are, and which file a name means."""

from dataclasses import dataclass
from pathlib import Path

from portrait.core.model_spec import ModelSpec
from portrait.errors import ModelError
from portrait.inference.segmenter import OnnxSegmenter

DEFAULT_MODEL = "portrait-live"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A bundled model; ``card`` tells its data, licences and figures."""

    name: str
    path: Path
    size_bytes: int
    spec: ModelSpec
    card: Path | None


def list_models(bundled_dir: Path) -> tuple[ModelEntry, ...]:
    """The models of a folder, by name.

    Raises
    ------
    ModelError
        A file there cannot be read.
    """
    return tuple(_read_entry(path) for path in sorted(bundled_dir.glob("*.onnx")))


def _read_entry(path: Path) -> ModelEntry:
    card = path.with_suffix(".md")
    spec = OnnxSegmenter(path, threads=1).spec
    return ModelEntry(path.stem, path, path.stat().st_size, spec, card if card.is_file() else None)


def find_model(name_or_path: str | Path | None, bundled_dir: Path) -> Path:
    """The file of a model given by name or path; None is the default.

    A path is what ends in ``.onnx`` or names a folder; opening it tells whether it is there.

    Raises
    ------
    ModelError
        No bundled model of that name.
    """
    wanted = name_or_path or DEFAULT_MODEL
    bundled = {path.stem: path for path in sorted(bundled_dir.glob("*.onnx"))}
    if str(wanted) in bundled:
        return bundled[str(wanted)]
    path = Path(wanted).expanduser()
    if path.suffix == ".onnx" or path.parent != Path():
        return path
    names = ", ".join(bundled) or "none are installed"
    raise ModelError(f"there is no model {str(wanted)!r}", f"give the path of an .onnx file, or one of: {names}")
