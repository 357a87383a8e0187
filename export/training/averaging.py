"""Weight averaging over training runs of which each started from the one before.

Long fine-tuning sharpens outlines but forgets what the first weights knew of everyday scenes; the mean of early and
late weights keeps both (Wortsman et al. 2022, arXiv 2109.01903 and 2203.05482).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from export.errors import ExportError
from export.models.checkpoint import read_checkpoint, save_checkpoint
from portrait.core.model_spec import ModelSpec


def average_checkpoints(parts: Sequence[tuple[Path, float]], out: Path, input_size_px: int | None = None) -> Path:
    """Write a checkpoint whose weights are the weighted mean of the EMA weights of several checkpoints.

    Batch-norm statistics are averaged as well. The contract is that of the last checkpoint, with another training id
    and, where ``input_size_px`` is given, another input size.

    Parameters
    ----------
    parts
        Checkpoints of one network and their shares, which are scaled to sum to 1.
    out
        Replaced where it is there.
    input_size_px
        Side of the square input that the result is to be run at; None: that of the last part.

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
    # Read the checkpoints, shares scaled to sum to 1.
    total = sum(share for _, share in parts)
    if not parts or total <= 0.0:
        raise ValueError("averaging needs checkpoints with shares that sum to more than 0")
    payloads = [(read_checkpoint(path), share / total) for path, share in parts]
    states = [(payload["ema"], share) for payload, share in payloads]
    last = payloads[-1][0]
    _require_alike([state for state, _ in states], [path for path, _ in parts])
    # Average tensor by tensor.
    mean = {name: _mean(name, tensor, states) for name, tensor in last["ema"].items()}
    spec = _averaged_spec(ModelSpec.from_json(last["spec"]), len(parts), input_size_px)
    save_checkpoint(
        out, {"arch": last["arch"], "config": last["config"], "spec": spec.to_json(), "model": mean, "ema": mean}
    )
    return out


def _averaged_spec(spec: ModelSpec, count: int, input_size_px: int | None) -> ModelSpec:
    return replace(
        spec,
        training_id=f"{spec.training_id}-mean-of-{count}",
        input_height=input_size_px or spec.input_height,
        input_width=input_size_px or spec.input_width,
    )


def _mean(name: str, last: Tensor, states: Sequence[tuple[dict[str, Tensor], float]]) -> Tensor:
    """Weighted mean of one tensor, summed in float64; integer tensors are taken from the last checkpoint."""
    if not last.is_floating_point():  # batch norm's count of minibatches
        return last
    return torch.stack([state[name].double() * share for state, share in states]).sum(dim=0).to(last.dtype)


def _require_alike(states: Sequence[dict[str, Tensor]], paths: Sequence[Path]) -> None:
    shapes = [{name: tensor.shape for name, tensor in state.items()} for state in states]
    for path, other in zip(paths, shapes, strict=True):
        if other != shapes[0]:
            raise ExportError(
                f"{path} is not of the same network as {paths[0]}", "average runs of one --arch and width"
            )
