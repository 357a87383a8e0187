"""Transfer of initial weights: from the same network, also exported, one with another head or a wider backbone."""

from collections.abc import Iterable
from pathlib import Path

from torch import Tensor, nn

from export.errors import DataError
from export.models.checkpoint import load_initial_state
from export.models.subject import SubjectHead
from export.onnx.exported_weights import read_exported_weights
from export.training.unfold import unfold_batch_norm

BACKBONE_PREFIX = "backbone."


def load_initial_weights(network: nn.Module, path: Path, inputs: Iterable[Tensor]) -> int:
    """`load_exported` for an ``.onnx`` file, else `load_fitting`."""
    return load_exported(network, path, inputs) if path.suffix == ".onnx" else load_fitting(network, path)


def load_fitting(network: nn.Module, path: Path) -> int:
    """Load every tensor of a file whose name and shape fit; all others keep their random initialisation.

    From a backbone that is wider than the network's the leading channels are taken. Neighbouring layers so keep the
    same channels and the features survive in part, as in slimmable networks (Yu et al. 2019, arXiv 1812.08928). A head
    for the subject starts from one for the person alone.

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
    head = getattr(network, "head", None)
    network.load_state_dict(fitting, strict=False)
    if isinstance(head, SubjectHead) and (person := given.get("head.weight")) is not None and person.shape[0] == 1:
        head.start_from_person(person, given["head.bias"])
    return len(fitting)


def load_exported(network: nn.Module, path: Path, inputs: Iterable[Tensor]) -> int:
    """Load the weights of a network that was exported here, such as one of the app's, to train it further.

    A head for the subject starts from the exported one for the person.

    Parameters
    ----------
    network
        Of the exported architecture; changed.
    path
        An ``.onnx`` file, also with float16 weights or quantised.
    inputs
        Minibatches of normalised images that are like those trained on: they give the batch norms their statistics.

    Returns
    -------
    How many tensors were loaded.

    Raises
    ------
    ExportError
        The file cannot be read or used, or is of another network.
    """
    weights = read_exported_weights(path)
    head = getattr(network, "head", None)
    unfold_batch_norm(network, weights, inputs)
    if isinstance(head, SubjectHead) and "head.weight" in weights:
        head.start_from_person(weights["head.weight"], weights["head.bias"])
    return len(weights)


def _fit(name: str, given: Tensor, own: Tensor) -> Tensor | None:
    """The given tensor, cut to its leading channels where it is a wider one of the backbone; None: it does not fit."""
    if given.shape == own.shape:
        return given
    is_wider = given.dim() == own.dim() and all(a >= b for a, b in zip(given.shape, own.shape, strict=True))
    if not (is_wider and name.startswith(BACKBONE_PREFIX)):
        return None
    return given[tuple(slice(size) for size in own.shape)]
