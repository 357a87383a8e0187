"""Which models there are, what they are for, and which file a name means."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from portrait.core.model_spec import ModelSpec
from portrait.errors import ModelError
from portrait.inference.segmenter import OnnxSegmenter
from portrait.language import tr

Quality = Literal["fast", "fine"]

_NAME_PREFIX = "portrait-"
LIVE_MODEL = f"{_NAME_PREFIX}live"
PHOTO_MODEL = f"{_NAME_PREFIX}photo"
CLASSES_MODEL = f"{_NAME_PREFIX}classes"
"""Finds the 20 things of PASCAL VOC, one of them people; its weights have an open licence."""

BUNDLED_MODELS: Mapping[Quality, str] = MappingProxyType({"fast": LIVE_MODEL, "fine": PHOTO_MODEL})
"""The model of each quality where the user names none."""

PEOPLE_SUBJECTS = frozenset({"person", "subject"})
"""What both of these keep sharp where a subject names it."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A bundled model.

    Attributes
    ----------
    role
        The quality that it is the default of; None: it is used only by its name.
    card
        Tells its data, licences and figures.
    """

    name: str
    path: Path
    size_bytes: int
    spec: ModelSpec
    role: Quality | None
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
    return ModelEntry(
        name=path.stem,
        path=path,
        size_bytes=path.stat().st_size,
        spec=OnnxSegmenter(path, threads=1).spec,
        role=next((quality for quality, name in BUNDLED_MODELS.items() if name == path.stem), None),
        card=card if card.is_file() else None,
    )


def find_model(name_or_path: str | Path | None, bundled_dir: Path, quality: Quality = "fast") -> Path:
    """The file of a model given by name or path; None is the bundled one for a quality.

    The bundled models are also known without the ``portrait-`` before their names. A path is what ends in ``.onnx`` or
    names a folder; opening it tells whether it is there.

    Raises
    ------
    ModelError
        No bundled model of that name.
    """
    bundled = {path.stem: path for path in sorted(bundled_dir.glob("*.onnx"))}
    wanted = name_or_path or BUNDLED_MODELS[quality]
    for name in (str(wanted), f"{_NAME_PREFIX}{wanted}"):
        if name in bundled:
            return bundled[name]
    path = Path(wanted).expanduser()
    if path.suffix == ".onnx" or path.parent != Path():
        return path
    names = ", ".join(bundled) or tr("none are installed")
    message = tr("{wanted!r} is neither the name of a model nor an .onnx file", wanted=str(wanted))
    raise ModelError(message, tr("give the path of an .onnx file, or one of: {names}", names=names))
