"""Execution providers in order of preference, and whether each can be used here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portrait.errors import ModelError
from portrait.inference.plugins import PluginState, load_plugin
from portrait.language import tr

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


@dataclass(frozen=True, slots=True)
class ProviderKind:
    """An execution provider that the app knows.

    ``package`` is what brings it: a build of onnxruntime, installed in place of the plain one, or beside it a plug-in,
    whose module is ``plugin``.
    """

    name: str
    onnxruntime_name: str
    label: str
    package: str
    plugin: str = ""


PROVIDER_KINDS = (
    ProviderKind("cpu", "CPUExecutionProvider", "CPU", "onnxruntime"),
    ProviderKind("cuda", "CUDAExecutionProvider", "NVIDIA GPU (CUDA)", "onnxruntime-gpu"),  # not shown
    ProviderKind("coreml", "CoreMLExecutionProvider", "Apple (Core ML)", "onnxruntime on macOS"),  # not shown
    ProviderKind("directml", "DmlExecutionProvider", "Windows GPU (DirectML)", "onnxruntime-directml"),  # not shown
    ProviderKind(
        "openvino",
        "OpenVINOExecutionProvider",
        "Intel (OpenVINO)",  # not shown
        "onnxruntime-ep-openvino",
        "onnxruntime_ep_openvino",
    ),
    ProviderKind(
        "webgpu",
        "WebGpuExecutionProvider",
        "GPU (WebGPU)",  # not shown
        "onnxruntime-ep-webgpu",
        "onnxruntime_ep_webgpu",
    ),
)


CPU = PROVIDER_KINDS[0]


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """Whether a provider is in the installed onnxruntime, and what to do when it is not."""

    name: str
    label: str
    available: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """What was asked for and what an open session really runs on.

    ``reason`` says why the two differ; empty when they do not. ``note`` tells the times by which it was chosen.
    """

    requested: str
    active: str
    reason: str
    note: str = ""


def list_providers() -> tuple[ProviderStatus, ...]:
    """Every known provider with its state on this machine."""
    return tuple(_status(kind) for kind in PROVIDER_KINDS)


def _status(kind: ProviderKind) -> ProviderStatus:
    import onnxruntime

    is_built_in = kind.onnxruntime_name in onnxruntime.get_available_providers()  # before its plug-in is registered
    plugin = load_plugin(kind.plugin) if kind.plugin else PluginState()
    if plugin.devices or (is_built_in and not plugin.reason):
        return ProviderStatus(kind.name, kind.label, True, "")
    missing = tr("not in the installed onnxruntime; it comes with {package}", package=kind.package)
    return ProviderStatus(kind.name, kind.label, False, plugin.reason or missing)


def find_provider(name: str) -> ProviderKind:
    """The provider of a short name.

    Raises
    ------
    ModelError
        No such provider.
    """
    for kind in PROVIDER_KINDS:
        if kind.name == name:
            return kind
    names = ", ".join(kind.name for kind in PROVIDER_KINDS)
    raise ModelError(tr("there is no execution provider {name!r}", name=name), tr("choose one of {names}", names=names))


def report_provider(requested: ProviderKind, session: "InferenceSession", failure: str = "") -> ProviderReport:
    """Compare what was asked for with what the session took; onnxruntime falls back to the CPU without a word.

    ``failure`` is what opening a session on it raised.
    """
    taken = session.get_providers()[0]
    active = next((kind.name for kind in PROVIDER_KINDS if kind.onnxruntime_name == taken), taken)
    if active == requested.name:
        return ProviderReport(requested.name, active, "")
    status = next(s for s in list_providers() if s.name == requested.name)
    reason = (
        status.reason
        or failure
        or tr("{label} could not start; its driver or libraries are missing or too old", label=requested.label)
    )
    return ProviderReport(requested.name, active, reason)
