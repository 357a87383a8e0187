"""Opening a network: a session of onnxruntime on an execution provider, and the contract in its file."""

from pathlib import Path

import onnxruntime

from portrait.core.model_spec import METADATA_KEY, ModelSpec
from portrait.errors import ModelError
from portrait.inference.plugins import load_plugin
from portrait.inference.providers import CPU, ProviderKind
from portrait.language import tr

_ERRORS_ONLY = 3


def open_session(path: Path, threads: int, kind: ProviderKind) -> tuple[onnxruntime.InferenceSession, str]:
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


def _open(content: bytes, threads: int, kind: ProviderKind) -> onnxruntime.InferenceSession:
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
    return list(onnxruntime.get_available_providers())


def read_model(path: Path) -> bytes:
    """The bytes of a network's file; raise `ModelError` where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as exc:
        reason = exc.strerror or str(exc)
        hint = tr("give the path of an .onnx file, or a name from: portrait models")
        raise ModelError(tr("cannot read the model file {path}: {reason}", path=path, reason=reason), hint) from exc


def read_spec(session: onnxruntime.InferenceSession, path: Path) -> ModelSpec:
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
