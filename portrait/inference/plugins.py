"""Execution providers that come as plug-ins: packages with a library that onnxruntime loads when it is told to.

See https://onnxruntime.ai/docs/execution-providers/plugin-ep-libraries.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from portrait.language import tr


@dataclass(frozen=True, slots=True)
class PluginState:
    """The devices of a plug-in, best first, and why there are none; ``reason`` is empty where it is not installed."""

    devices: Sequence[Any] = ()
    reason: str = ""


@cache
def load_plugin(package: str) -> PluginState:
    """Register a plug-in, once a process, and ask for its devices.

    Parameters
    ----------
    package
        The module that its package installs, with ``get_library_path`` and ``get_ep_name``.
    """
    if find_spec(package) is None:
        return PluginState()
    import onnxruntime

    try:
        plugin = import_module(package)
        name = plugin.get_ep_name()
        onnxruntime.register_execution_provider_library(package, plugin.get_library_path())
        devices = [device for device in onnxruntime.get_ep_devices() if device.ep_name == name]
    except Exception as exc:  # noqa: BLE001 (a library of others: whatever it raises, the CPU is there)
        return PluginState(
            reason=tr("{package} is installed, but cannot be loaded: {reason}", package=package, reason=exc)
        )
    if not devices:
        return PluginState(reason=tr("{package} is installed, but finds no device here", package=package))
    return PluginState(sorted(devices, key=_is_cpu))


def _is_cpu(device: Any) -> bool:
    return str(device.device.type).endswith(".CPU")
