"""Loading and saving of checkpoints, and loading of state dicts published by others. No code in a file is run."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from export.atomic import replacing
from export.errors import ExportError
from export.models import build_network
from portrait.core.model_spec import ModelSpec

CHECKPOINT_FORMAT = 1
_REQUIRED_KEYS = frozenset({"arch", "config", "spec", "model", "ema"})

_DAMAGED = (pickle.UnpicklingError, EOFError, RuntimeError, LookupError, ValueError, TypeError, AttributeError)
"""What torch raises at files of other content."""


def save_checkpoint(path: Path, payload: Mapping[str, Any]) -> None:
    """Write a checkpoint atomically: after an interruption the previous one is still there.

    Parameters
    ----------
    path
        The file; replaced where it exists.
    payload
        "arch" and "config" for `build_network`, "spec" as JSON text, the state dicts "model" and "ema", and what else
        training needs to continue: tensors, numbers, strings and containers of them.

    Raises
    ------
    ValueError
        A key is missing.
    OSError
        The file cannot be written.
    """
    missing = _REQUIRED_KEYS - payload.keys()
    if missing:
        raise ValueError(f"checkpoint lacks {', '.join(sorted(missing))}")
    with replacing(path) as partial:
        torch.save({"format": CHECKPOINT_FORMAT, **payload}, partial)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Everything that `save_checkpoint` wrote, tensors on the CPU.

    Raises
    ------
    ExportError
        The file is missing, damaged, not a checkpoint, or has another format version.
    """
    payload = _load_pickled(path)
    if not isinstance(payload, dict) or not payload.keys() >= _REQUIRED_KEYS:
        raise ExportError(f"{path} is not a checkpoint of this project", "for weights from elsewhere give --arch")
    if payload.get("format") != CHECKPOINT_FORMAT:
        raise ExportError(
            f"{path} has checkpoint format {payload.get('format')!r}, not {CHECKPOINT_FORMAT}",
            "use the version of the project that wrote it",
        )
    return payload


def load_checkpoint(path: Path) -> tuple[nn.Module, ModelSpec]:
    """The network of a checkpoint with its EMA weights, in eval mode, and its contract.

    Raises
    ------
    ExportError
        As `read_checkpoint`; or the weights do not fit the network that the checkpoint names.
    """
    payload = read_checkpoint(path)
    try:
        network = build_network(payload["arch"], **payload["config"])
        spec = ModelSpec.from_json(payload["spec"])
    except ValueError as exc:
        raise ExportError(f"{path} cannot be used: {exc}", "use the version of the project that wrote it") from exc
    load_weights(network, payload["ema"], str(path))
    return network.eval(), spec


def load_state_dict(path: Path) -> dict[str, Tensor]:
    """Load a bare state dict from a ``.safetensors`` file or one written by ``torch.save``.

    Raises
    ------
    ExportError
        The file is missing, damaged, or not a state dict.
    """
    if path.suffix != ".safetensors":
        state = _load_pickled(path)
        if isinstance(state, dict) and all(isinstance(value, Tensor) for value in state.values()):
            return state
        raise ExportError(f"{path} is not a state dict", "leave out --arch for a checkpoint of this project")
    try:
        return load_file(path)
    except (OSError, SafetensorError) as exc:
        raise ExportError(f"cannot read {path}: {exc}", "check the path, or fetch the file again") from exc


def load_initial_state(path: Path) -> dict[str, Tensor]:
    """Initial weights: the EMA weights of a checkpoint, or a bare state dict.

    Raises
    ------
    ExportError
        As `load_state_dict`.
    """
    if path.suffix == ".safetensors":
        return load_state_dict(path)
    payload = _load_pickled(path)
    if isinstance(payload, dict) and payload.keys() >= _REQUIRED_KEYS:
        ema: dict[str, Tensor] = read_checkpoint(path)["ema"]
        return ema
    return load_state_dict(path)


def load_weights(network: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Load a state dict into a network; all keys and shapes must match.

    Raises
    ------
    ExportError
        Keys or shapes differ; ``source`` names where the weights came from.
    """
    try:
        network.load_state_dict(state)
    except RuntimeError as exc:
        reason = " ".join(str(exc).split())[:300]
        raise ExportError(f"{source} does not fit the network: {reason}", "check --arch") from exc


def _load_pickled(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as exc:
        raise ExportError(f"there is no {path}", "check the path") from exc
    except OSError as exc:
        raise ExportError(f"cannot read {path}: {exc.strerror or exc}", "check the path and its permissions") from exc
    except _DAMAGED as exc:  # torch's own words advise to switch its protection off
        raise ExportError(f"cannot read {path}", "it is damaged, or not a file of weights") from exc
