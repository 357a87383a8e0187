"""Person networks of other projects, which carry no `ModelSpec`: what they take is read from their input and output."""

from collections.abc import Sequence
from pathlib import Path

from portrait.core.model_spec import Layout, ModelSpec
from portrait.errors import ModelError
from portrait.inference.segmenter import OnnxSegmenter
from portrait.inference.sessions import read_shapes
from portrait.language import mark, tr

_HINT = mark("It takes one RGB image of 0 … 1 of fixed size, and gives one channel, the person's probability.")


def open_foreign_model(path: Path, *, threads: int | None = None) -> OnnxSegmenter:
    """Open a network that takes RGB of 0 … 1 and gives the probability of a person, such as MediaPipe's.

    Parameters
    ----------
    path
        The ``.onnx`` file; its own contract, if it has one, is not looked at.
    threads
        As for `OnnxSegmenter`.

    Raises
    ------
    ModelError
        The file cannot be read, or is a network of another kind.
    """
    taken, given = read_shapes(path)
    layout = _find_layout(taken, given)
    height, width = taken[1:3] if layout == "nhwc" else taken[2:4] if layout == "nchw" else (None, None)
    if layout is None or not isinstance(height, int) or not isinstance(width, int):
        raise ModelError(
            tr(
                "{name} takes {taken} and gives {given}, which is not understood",
                name=path.name,
                taken=list(taken),
                given=list(given),
            ),
            tr(_HINT),
        )
    black, white = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    spec = ModelSpec(path.stem, height, width, normalize_mean=black, normalize_std=white, layout=layout)
    return OnnxSegmenter(path, threads=threads, spec=spec)


def _find_layout(taken: Sequence[object], given: Sequence[object]) -> Layout | None:
    """Order of the axes of a network with one image in and one channel out; None: it is not such a one."""
    if len(taken) != 4 or len(given) != 4:
        return None
    if taken[3] == 3 and given[3] == 1:
        return "nhwc"
    return "nchw" if taken[1] == 3 and given[1] == 1 else None
