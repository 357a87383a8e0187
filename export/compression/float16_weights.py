"""Weights stored as 16-bit floats: half the file, cast back to 32 bits when it is loaded."""

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import numpy_helper

from export.compression.acceptance import AcceptedFile, compare, format_changes
from export.compression.calibration import draw_pictures
from export.compression.compression_plan import CompressionPlan, Say, renamed_spec, save_model_file, writing
from export.errors import ExportError
from export.evaluation.evaluate import measure_models
from export.evaluation.speed import compare_speed
from export.onnx.loading import load_onnx
from export.onnx.model_file import ModelFile
from export.onnx.parity import Difference, find_probabilities, measure_difference

MOST_RARE_DIFFERENCE = 1.0 / 255.0
"""Of the probability, at the 99.9th percentile of the pixels: one level of an 8-bit matte."""

FEWEST_VALUES = 16_384
"""Kernels with fewer values keep 32 bits. They lie in the first layers, whose rounding all later ones magnify: a fifth
of the largest error at a twentieth more of the file."""

_SUFFIX = "_float16"


def to_float16_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store large kernels as float16, each with a Cast to float32, which onnxruntime folds away at load.

    Parameters
    ----------
    model
        Float32; it is not changed.

    Returns
    -------
    onnx.ModelProto
        It computes in float32 and takes the same inputs.
    """
    converted = onnx.ModelProto()
    converted.CopyFrom(model)
    casts = [_to_float16(tensor) for tensor in converted.graph.initializer if _is_large_kernel(tensor)]
    nodes = list(converted.graph.node)
    del converted.graph.node[:]
    converted.graph.node.extend([*casts, *nodes])
    onnx.checker.check_model(converted)
    return converted


def store_float16(source: ModelFile, plan: CompressionPlan, path: Path, say: Say = lambda _: None) -> AcceptedFile:
    """Write a network with its weights as float16.

    Parameters
    ----------
    source
        The float32 network.
    plan
        Pictures, and the data sets that decide.
    path
        The ``.onnx`` file; replaced where there is one.
    say
        Receives progress.

    Raises
    ------
    ExportError
        The result differs too much, the figures suffer, or the file cannot be written; ``path`` is left as it was.
    DataError
        A data set cannot be read.
    """
    with writing(path) as partial, TemporaryDirectory() as folder:
        converted = to_float16_weights(load_onnx(source.onnx_path))
        candidate = save_model_file(converted, renamed_spec(source.spec, plan, "fp16"), Path(folder) / "float16.onnx")
        images = draw_pictures(plan.train_dirs, plan.pictures, source.spec)
        say(f"comparing on {len(images)} pictures")
        before, after = (find_probabilities(c.onnx_path, c.spec, images, plan.threads) for c in (source, candidate))
        difference = measure_difference(before, after)
        _require_small(difference, source.name)
        changes = compare(*measure_models([source, candidate], plan.val_dirs, plan.threads))
        if not all(change.is_accepted for change in changes):
            table = format_changes(changes)
            raise ExportError(f"{source.name} loses too much in 16 bits:\n{table}", "keep the float32 file")
        partial.write_bytes(candidate.onnx_path.read_bytes())
        return AcceptedFile(
            method="float16 weights",
            changes=changes,
            difference=difference,
            speeds=compare_speed((source.onnx_path, source.spec), (candidate.onnx_path, candidate.spec)),
            bytes_before=source.onnx_path.stat().st_size,
            bytes_after=candidate.onnx_path.stat().st_size,
        )


def _require_small(difference: Difference, name: str) -> None:
    if not difference.rare <= MOST_RARE_DIFFERENCE:
        raise ExportError(
            f"{name} with 16-bit weights differs by {difference.rare:.2g} at one pixel in a thousand, "
            f"more than {MOST_RARE_DIFFERENCE:.2g}",
            "keep the float32 file",
        )


def _is_large_kernel(tensor: onnx.TensorProto) -> bool:
    """Large enough to be worth it, and within the range of 16 bits."""
    is_kernel = tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) > 1
    if not is_kernel or math.prod(tensor.dims) < FEWEST_VALUES:
        return False
    return float(np.abs(numpy_helper.to_array(tensor)).max()) <= float(np.finfo(np.float16).max)


def _to_float16(tensor: onnx.TensorProto) -> onnx.NodeProto:
    """Replace the tensor's values and give the node that makes the old ones of them."""
    name = tensor.name
    values = numpy_helper.to_array(tensor).astype(np.float16)
    tensor.CopyFrom(numpy_helper.from_array(values, name + _SUFFIX))
    return onnx.helper.make_node("Cast", [name + _SUFFIX], [name], name=name + "_cast", to=onnx.TensorProto.FLOAT)
