"""The app's library of models: networks that the user added, each with what is known of it."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

from portrait.core.model_spec import ModelSpec
from portrait.errors import ModelError
from portrait.inference.depth_network import OnnxDepthNetwork, read_network_spec
from portrait.inference.download import Progress, fetch_checked, require_sha256, sha256_of
from portrait.language import tr

LibraryRole = Literal["depth"]

LIBRARY_DIR_VARIABLE = "PORTRAIT_MODELS_DIR"
"""Environment variable that names another folder for the library."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class LibraryModel:
    """A model of the library.

    Attributes
    ----------
    role
        What it is for: ``depth``.
    source
        Where it was added from.
    """

    name: str
    path: Path
    role: LibraryRole
    size_bytes: int
    sha256: str
    source: str
    spec: ModelSpec


def library_dir() -> Path:
    """Folder of the library."""
    folder = os.environ.get(LIBRARY_DIR_VARIABLE)
    return Path(folder) if folder else platformdirs.user_data_path("portrait", appauthor=False) / "models"


def list_library(folder: Path | None = None) -> tuple[LibraryModel, ...]:
    """The models of the library, by name; files that were not added by the app are left out."""
    found = (_read_entry(path) for path in sorted((folder or library_dir()).glob("*.json")))
    return tuple(model for model in found if model is not None)


def add_model(
    source: str,
    *,
    role: LibraryRole = "depth",
    sha256: str = "",
    name: str = "",
    rule: str = "",
    progress: Progress = lambda done, total: None,
    folder: Path | None = None,
) -> LibraryModel:
    """Copy or download a network into the library, once it was checked; one of the same name is replaced.

    Parameters
    ----------
    source
        Path of an ``.onnx`` file, or an http or https address, which needs ``sha256``.
    role
        What it is for.
    sha256
        Hexadecimal digits; where it is given, another file is refused.
    name
        In the library; empty: that of the file.
    rule
        A preset of `portrait.inference.depth_network.DEPTH_PRESETS` for a file without contract.
    progress
        Of a download.
    folder
        Of the library; None: `library_dir`.

    Raises
    ------
    ModelError
        No such file, no download, another SHA-256, no network for that role, or the library cannot be written. What
        came of a broken download is kept, and the next call goes on with it.
    """
    is_address = source.lower().startswith(("http://", "https://"))
    file_name = Path(source.split("?")[0].rstrip("/")).name
    name = _require_name(name or Path(file_name).stem)
    if is_address and not sha256:
        raise ModelError(
            tr("a download needs its SHA-256"), tr("Give it with --sha256; it stands beside the download.")
        )
    folder = folder or library_dir()
    partial, path = folder / f"{name}.partial", folder / f"{name}.onnx"
    with _library_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if is_address:
            fetch_checked(source, sha256, partial, progress)
        else:
            _copy(Path(source).expanduser(), partial, sha256)
        spec = _require_role(partial, rule, file_name)
        entry = LibraryModel(name, path, role, partial.stat().st_size, sha256_of(partial), source, spec)
        partial.replace(path)
        _entry_path(path).write_text(_to_json(entry), encoding="utf-8")
    return entry


def remove_model(name: str, folder: Path | None = None) -> LibraryModel:
    """Delete a model from the library.

    Raises
    ------
    ModelError
        The library has none of that name, or it cannot be deleted.
    """
    folder = folder or library_dir()
    entry = next((model for model in list_library(folder) if model.name == name), None)
    if entry is None:
        raise ModelError(tr("the library has no model {name}", name=name), tr("See: portrait models"))
    with _library_errors(folder):
        entry.path.unlink(missing_ok=True)
        _entry_path(entry.path).unlink(missing_ok=True)
    return entry


def open_depth_network(
    name_or_path: str, *, threads: int | None = None, folder: Path | None = None
) -> OnnxDepthNetwork:
    """Open a network for depth by its name in the library, or by the path of an ``.onnx`` file.

    Raises
    ------
    ModelError
        Neither, or `OnnxDepthNetwork` cannot open it.
    """
    known = {model.name: model for model in list_library(folder) if model.role == "depth"}
    if name_or_path in known:
        model = known[name_or_path]
        return OnnxDepthNetwork(model.path, threads=threads, spec=model.spec)
    path = Path(name_or_path).expanduser()
    if path.suffix != ".onnx" and path.parent == Path():
        names = ", ".join(known) or tr("none yet")
        message = tr("{wanted!r} is neither a model for depth in the library nor an .onnx file", wanted=name_or_path)
        raise ModelError(
            message, tr("Add one: portrait models add FILE --as depth. In the library: {names}", names=names)
        )
    return OnnxDepthNetwork(path, threads=threads)


def depth_network_path(name_or_path: str, folder: Path | None = None) -> Path:
    """File of a network for depth as `open_depth_network` takes it; it need not be there."""
    known = {model.name: model.path for model in list_library(folder) if model.role == "depth"}
    return known.get(name_or_path) or Path(name_or_path).expanduser()


def _require_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ModelError(tr("{name!r} cannot be the name of a model", name=name), tr("Give one with --name."))
    return name


def _copy(source: Path, partial: Path, sha256: str) -> None:
    if not source.is_file():
        raise ModelError(tr("there is no file {path}", path=source), tr("Give an .onnx file or an https address."))
    shutil.copyfile(source, partial)
    if sha256:
        require_sha256(partial, sha256, str(source))


def _require_role(partial: Path, rule: str, file_name: str) -> ModelSpec:
    """The contract of a file that is to be added; what is no network for depth is deleted."""
    try:
        return read_network_spec(partial, rule, file_name)
    except ModelError:
        partial.unlink()
        raise


def _entry_path(path: Path) -> Path:
    return path.with_suffix(".json")


def _to_json(model: LibraryModel) -> str:
    fields = {"role": model.role, "sha256": model.sha256, "source": model.source}
    return json.dumps({**fields, "spec": json.loads(model.spec.to_json())}, indent=1) + "\n"


def _read_entry(path: Path) -> LibraryModel | None:
    network = path.with_suffix(".onnx")
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        spec = ModelSpec.from_json(json.dumps(fields["spec"]))
        size_bytes = network.stat().st_size
        return LibraryModel(path.stem, network, fields["role"], size_bytes, fields["sha256"], fields["source"], spec)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def _library_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        reason = exc.strerror or str(exc)
        message = tr("the library of models cannot be written: {folder}: {reason}", folder=folder, reason=reason)
        raise ModelError(message, tr("Make room there, or allow writing.")) from exc
