"""Transfer of initial weights: from the same network, one with another head, or one with a wider backbone."""

from pathlib import Path

from torch import Tensor, nn

from export.errors import DataError
from export.models.checkpoint import load_initial_state

BACKBONE_PREFIX = "backbone."


def load_fitting(network: nn.Module, path: Path) -> int:
    """Load every tensor of a file whose name and shape fit; all others keep their random initialisation.

    From a backbone that is wider than the network's the leading channels are taken. Neighbouring layers so keep the
    same channels and the features survive in part, as in slimmable networks (Yu et al. 2019, arXiv 1812.08928).

    Returns
    -------
    How many tensors were loaded.

    Raises
    ------
    DataError
        Nothing fits.
    ExportError
        The file cannot be read.
    """
    given, own = load_initial_state(path), network.state_dict()
    fitting = {
        name: fitted
        for name, tensor in given.items()
        if name in own and (fitted := _fit(name, tensor, own[name])) is not None
    }
    if not fitting:
        raise DataError(f"no tensor of {path} fits this network", "check --arch and where the weights come from")
    network.load_state_dict(fitting, strict=False)
    return len(fitting)


def _fit(name: str, given: Tensor, own: Tensor) -> Tensor | None:
    """The given tensor, cut to its leading channels where it is a wider one of the backbone; None: it does not fit."""
    if given.shape == own.shape:
        return given
    is_wider = given.dim() == own.dim() and all(a >= b for a, b in zip(given.shape, own.shape, strict=True))
    if not (is_wider and name.startswith(BACKBONE_PREFIX)):
        return None
    return given[tuple(slice(size) for size in own.shape)]
