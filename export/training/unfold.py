"""Continuing the training of an exported network, whose batch norms were folded into the convolutions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from export.errors import ExportError

_FOLDED_BIAS = ".weight_bias"
"""Suffix of the bias that a convolution gets when the batch norm behind it is folded into it."""


def unfold_batch_norm(network: nn.Module, folded: Mapping[str, Tensor], inputs: Iterable[Tensor]) -> None:
    """Load an exported network's weights, with batch norms that have the statistics which training needs.

    A batch norm that only adds the folded bias would do at inference. In training it divides by the standard deviation
    of the minibatch instead of its own and would change the network at the first step. So mean μ and variance σ² of
    what reaches each batch norm are measured, and its scale is set to √(σ² + ε), its shift to bias + μ: the same
    network at inference, and nearly the same in training.

    Parameters
    ----------
    network
        Of the exported architecture; changed. Parameters that ``folded`` lacks are left as they are.
    folded
        Weights by the names of ``network``, see `export.onnx.exported_weights`.
    inputs
        Minibatches of normalised images, float32 (N, 3, H, W), of the kind that is trained on.

    Raises
    ------
    ExportError
        A batch norm of the network has no folded bias, or a folded bias no batch norm.
    """
    norms = _load_with_identity_norms(network, folded)
    moments = _measure_moments(network, norms, inputs)
    for name, norm in norms.items():
        mean, variance = moments[name].mean_and_variance()
        _set_statistics(norm, mean, variance)


@torch.no_grad()
def _load_with_identity_norms(network: nn.Module, folded: Mapping[str, Tensor]) -> dict[str, nn.BatchNorm2d]:
    """Load the convolutions and make every batch norm x + folded bias; the batch norms by name."""
    own = network.state_dict()
    fitting = {name: tensor for name, tensor in folded.items() if name in own and own[name].shape == tensor.shape}
    network.load_state_dict(fitting, strict=False)
    norms = {name: module for name, module in network.named_modules() if isinstance(module, nn.BatchNorm2d)}
    biases = {_norm_of(name): tensor for name, tensor in folded.items() if name.endswith(_FOLDED_BIAS)}
    if biases.keys() != norms.keys() or any(biases[name].shape != norms[name].bias.shape for name in norms):
        differing = sorted(biases.keys() ^ norms.keys())[:1] or ["a layer"]
        raise ExportError(f"{differing[0]} differs from the exported network", "check --arch and --network")
    for name, norm in norms.items():
        _set_statistics(norm, torch.zeros_like(norm.bias), torch.full_like(norm.bias, 1.0 - norm.eps))
        norm.bias.copy_(biases[name])
    return norms


def _norm_of(folded_bias: str) -> str:
    """Name of the batch norm behind a convolution: the next module of the same ``nn.Sequential``."""
    parent, _, index = folded_bias.removesuffix(_FOLDED_BIAS).rpartition(".")
    return f"{parent}.{int(index) + 1}" if index.isdigit() else folded_bias


@torch.no_grad()
def _set_statistics(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    """Set mean and variance, and scale and shift such that the batch norm still adds the bias that it had."""
    norm.load_state_dict(
        {
            **norm.state_dict(),
            "running_mean": mean,
            "running_var": variance,
            "weight": (variance + norm.eps).sqrt(),
            "bias": norm.bias + mean,
        }
    )


@dataclass(slots=True)
class _Moments:
    """Sums over the values of each channel, float64."""

    count: int = 0
    total: Tensor | float = 0.0
    squares: Tensor | float = 0.0

    def add(self, x: Tensor) -> None:
        """Count in a minibatch (N, C, H, W)."""
        x = x.double()
        self.count += x.numel() // x.shape[1]
        self.total = self.total + x.sum(dim=(0, 2, 3))
        self.squares = self.squares + x.square().sum(dim=(0, 2, 3))

    def mean_and_variance(self) -> tuple[Tensor, Tensor]:
        """Of each channel, float32."""
        mean = torch.as_tensor(self.total) / max(1, self.count)
        variance = torch.as_tensor(self.squares) / max(1, self.count) - mean.square()
        return mean.float(), variance.clamp_min(0.0).float()


@torch.no_grad()
def _measure_moments(
    network: nn.Module, norms: Mapping[str, nn.BatchNorm2d], inputs: Iterable[Tensor]
) -> dict[str, _Moments]:
    """Mean and variance of what reaches each batch norm, at inference."""
    moments = {name: _Moments() for name in norms}

    def watch(found: _Moments, norm: nn.BatchNorm2d) -> torch.utils.hooks.RemovableHandle:
        return norm.register_forward_pre_hook(lambda _, seen: found.add(seen[0]))

    handles = [watch(moments[name], norm) for name, norm in norms.items()]
    was_training = network.training
    network.eval()
    for minibatch in inputs:
        network(minibatch)
    network.train(was_training)
    for handle in handles:
        handle.remove()
    return moments
