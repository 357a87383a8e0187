"""Weights averaged over training runs that started from one another.

Long fine-tuning sharpens outlines and forgets what the first weights knew of everyday scenes; the mean of early and
late weights keeps both (Wortsman et al. 2022, arXiv 2109.01903 and 2203.05482).
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from export.checkpoint import read_checkpoint, save_checkpoint
from export.errors import ExportError


def average_checkpoints(parts: Sequence[tuple[Path, float]], out: Path) -> Path:
    """Write a checkpoint whose weights are a weighted mean of the averaged (EMA) weights of others.

    Batch statistics are averaged as well. Everything else is the last one's.

    Parameters
    ----------
    parts
        Checkpoints of one network and their shares, which are scaled to sum to 1.
    out
        Replaced where it is there.

    Returns
    -------
    ``out``.

    Raises
    ------
    ExportError
        A checkpoint cannot be read, or they are not of one network.
    ValueError
        No parts, or shares that do not sum to more than 0.
    """
    total = sum(share for _, share in parts)
    if not parts or total <= 0.0:
        raise ValueError("averaging needs checkpoints with shares that sum to more than 0")
    payloads = [(read_checkpoint(path), share / total) for path, share in parts]
    states = [(payload["ema"], share) for payload, share in payloads]
    last = payloads[-1][0]
    _require_alike([state for state, _ in states], [path for path, _ in parts])
    mean = {name: _mean(name, tensor, states) for name, tensor in last["ema"].items()}
    kept = {key: last[key] for key in ("arch", "config", "spec")}
    save_checkpoint(out, {**kept, "model": mean, "ema": mean})
    return out


def _mean(name: str, last: Tensor, states: Sequence[tuple[dict[str, Tensor], float]]) -> Tensor:
    if not last.is_floating_point():  # counts of minibatches
        return last
    return torch.stack([state[name].double() * share for state, share in states]).sum(dim=0).to(last.dtype)


def _require_alike(states: Sequence[dict[str, Tensor]], paths: Sequence[Path]) -> None:
    shapes = [{name: tensor.shape for name, tensor in state.items()} for state in states]
    for path, other in zip(paths, shapes, strict=True):
        if other != shapes[0]:
            raise ExportError(
                f"{path} is not of the same network as {paths[0]}", "average runs of one --arch and width"
            )
