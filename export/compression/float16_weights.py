"""Float16 weight storage: half the file size. Weights are cast to float32 at load; the network computes in float32."""

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import numpy_helper

from export.compression.acceptance import AcceptedFile, compare, format_changes
from export.compression.calibration import draw_images
from export.compression.compression_plan import CompressionPlan, Say, renamed_spec, save_model_file, writing
from export.compression.kept_labels import compare_labels
from export.errors import ExportError
from export.evaluation.evaluate import measure_models
from export.evaluation.speed import compare_speed
from export.onnx.loading import load_onnx
from export.onnx.model_file import ModelFile
from export.onnx.parity import Difference, find_probabilities, measure_difference

MAX_P999_DIFFERENCE = 1.0 / 255.0
"""Limit of the 99.9th percentile of |Δprobability| over the pixels: one level of an 8-bit matte."""

MIN_KERNEL_VALUES = 16_384
"""Kernels with fewer values stay in float32. They lie in the first layers, whose rounding errors all later layers
amplify: leaving them in float32 cuts the largest error to a fifth, for a file 5 % larger."""

_SUFFIX = "_float16"


def to_float16_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store large kernels as float16, each with a Cast to float32, which onnxruntime folds away at load.

    Parameters
    ----------
    model
        A network in float32; it is not changed.

    Returns
    -------
    onnx.ModelProto
        The same network; it computes in float32.
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
    """Write a network with float16 weights, once it is accepted by parity and by its figures on validation sets.

    Parameters
    ----------
    source
        The float32 network.
    plan
        Training images for parity, validation sets for acceptance.
    path
        The ``.onnx`` file; replaced where there is one.
    say
        Receives progress.

    Raises
    ------
    ExportError
        Probabilities differ too much, a validation set loses too much, or the file cannot be written; ``path`` is left
        as it was.
    DataError
        A data set cannot be read.
    """
    with writing(path) as partial, TemporaryDirectory() as folder:
        # Convert.
        converted = to_float16_weights(load_onnx(source.onnx_path))
        candidate = save_model_file(converted, renamed_spec(source.spec, plan, "fp16"), Path(folder) / "float16.onnx")
        # Parity on training images.
        images = draw_images(plan.train_dirs, plan.pictures, source.spec)
        say(f"comparing on {len(images)} pictures")
        before, after = (find_probabilities(c.onnx_path, c.spec, images, plan.threads) for c in (source, candidate))
        difference = measure_difference(before, after)
        _require_small(difference, source.name)
        # Accuracy on validation sets.
        changes = (
            *compare(*measure_models([source, candidate], plan.val_dirs, plan.threads)),
            *compare_labels(source, candidate, plan.val_dirs, plan.threads),
        )
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
    if not difference.rare <= MAX_P999_DIFFERENCE:
        raise ExportError(
            f"{name} with 16-bit weights differs by {difference.rare:.2g} at one pixel in a thousand, "
            f"more than {MAX_P999_DIFFERENCE:.2g}",
            "keep the float32 file",
        )


def _is_large_kernel(tensor: onnx.TensorProto) -> bool:
    """Whether a tensor is a kernel large enough to be worth storing in 16 bits, with values in the range of float16."""
    is_kernel = tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) > 1
    if not is_kernel or math.prod(tensor.dims) < MIN_KERNEL_VALUES:
        return False
    return float(np.abs(numpy_helper.to_array(tensor)).max()) <= float(np.finfo(np.float16).max)


def _to_float16(tensor: onnx.TensorProto) -> onnx.NodeProto:
    """Convert a tensor to float16 in place and return the Cast node that gives it back as float32."""
    name = tensor.name
    values = numpy_helper.to_array(tensor).astype(np.float16)
    tensor.CopyFrom(numpy_helper.from_array(values, name + _SUFFIX))
    return onnx.helper.make_node("Cast", [name + _SUFFIX], [name], name=name + "_cast", to=onnx.TensorProto.FLOAT)
