"""Sessions of onnxruntime: opening a network on an execution provider, its contract, and running it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from portrait.core.model_spec import METADATA_KEY, ModelSpec
from portrait.errors import ModelError
from portrait.inference.plugins import load_plugin
from portrait.inference.providers import CPU, ProviderKind
from portrait.language import tr

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MAX_DEFAULT_THREADS = 4
"""More threads than this gain little on a small network and take the cores of a video call."""

_ERRORS_ONLY = 3


def default_threads() -> int:
    """Compute threads for one network: the cores this process may use, four at most."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MAX_DEFAULT_THREADS, usable)


def open_session(path: Path, threads: int, kind: ProviderKind) -> "tuple[InferenceSession, str]":
    """Open a network on an execution provider, or on the CPU where that fails; and what it failed with.

    Raises
    ------
    ModelError
        The file cannot be read, or is no network.
    """
    content = read_model(path)
    failure = ""
    if kind is not CPU:
        try:
            return _open(content, threads, kind), ""
        except Exception as exc:  # noqa: BLE001 (drivers raise what they like; the CPU is there)
            failure = tr("{label} could not start: {reason}", label=kind.label, reason=exc)
    try:
        return _open(content, threads, CPU), failure
    except Exception as exc:
        raise ModelError(
            tr("{name} is not a model that can be run: {reason}", name=path.name, reason=exc),
            tr("it may be damaged; get it again"),
        ) from exc


def _open(content: bytes, threads: int, kind: ProviderKind) -> "InferenceSession":
    import onnxruntime  # takes its time, and only who computes needs it

    onnxruntime.disable_telemetry_events()  # those of Windows; see also the package's first lines
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    # Idle threads of the network would otherwise spin through the rendering: twice the CPU load for no more frames.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # A plug-in that is registered stands among the built-in names too, but gives the CPU to who asks by its name.
    devices = load_plugin(kind.plugin).devices if kind.plugin else ()
    if devices:
        options.add_provider_for_devices(list(devices[:1]), {})
        return onnxruntime.InferenceSession(content, options)
    usable = [name for name in (kind.onnxruntime_name, CPU.onnxruntime_name) if name in _built_in()]
    return onnxruntime.InferenceSession(content, options, providers=list(dict.fromkeys(usable)))


def _built_in() -> list[str]:
    import onnxruntime

    return list(onnxruntime.get_available_providers())


def read_model(path: Path) -> bytes:
    """The bytes of a network's file; raise `ModelError` where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as exc:
        reason = exc.strerror or str(exc)
        hint = tr("give the path of an .onnx file, or a name from: portrait models")
        raise ModelError(tr("cannot read the model file {path}: {reason}", path=path, reason=reason), hint) from exc


def run_network(session: "InferenceSession", network_input: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first output of a network of one input, as float32.

    Raises
    ------
    ModelError
        The network failed, or gave values that are no numbers.
    """
    names = [session.get_outputs()[0].name]
    try:
        output = session.run(names, {session.get_inputs()[0].name: network_input})[0]
    except Exception as exc:
        raise ModelError(
            tr("the model failed: {reason}", reason=exc), tr("try the bundled model, or another execution provider")
        ) from exc
    result: NDArray[np.float32] = np.asarray(output, np.float32)
    if not np.isfinite(result).all():  # nobody would be found by it, and the photo be taken for one of nobody
        raise ModelError(
            tr("the model gave values that are no numbers"),
            tr("try the bundled model, or another execution provider"),
        )
    return result


def read_shapes(path: Path) -> tuple[tuple[int | str | None, ...], tuple[int | str | None, ...]]:
    """Shapes of a network's first input and first output; text and None stand for sides of any length.

    Raises
    ------
    ModelError
        The file cannot be read, or is no network.
    """
    session, _ = open_session(path, 1, CPU)
    return tuple(session.get_inputs()[0].shape), tuple(session.get_outputs()[0].shape)


def read_spec(session: "InferenceSession", path: Path) -> ModelSpec:
    """Read the `ModelSpec` in the metadata of an open model.

    Raises
    ------
    ModelError
        There is none, or it cannot be read.
    """
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise ModelError(
            tr("{name} does not say what it expects (no model spec in its metadata)", name=path.name),
            tr("export it with: python -m export convert"),
        )
    try:
        return ModelSpec.from_json(text)
    except ValueError as exc:
        raise ModelError(
            tr("{name} has an unreadable model spec: {reason}", name=path.name, reason=exc),
            tr("export it again, or update the app"),
        ) from exc
