"""Uint8 weight storage: a quarter of the file size. Weights are scaled to float32 at load; the network computes in it.

In contrast to static quantisation (`export.compression.quantize`) nothing is calibrated, so no pictures are needed.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

LARGEST_LEVEL = 255


def to_uint8_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Affine quantisation of the kernels of convolutions, for each output channel (arXiv 2106.08295, eq. 4 to 7).

    Weights that lie on a grid of 256 values, as those of a network that was trained in 8 bits, come back exactly but
    for the rounding of float32. Cast, Mul and Add restore them, which onnxruntime folds away at load; a
    DequantizeLinear it would run for each image.

    Parameters
    ----------
    model
        A network in float32 with batch norm folded into its convolutions, as `export.onnx.to_onnx.convert` writes it;
        it is not changed.

    Returns
    -------
    onnx.ModelProto
        The same network with rounded weights; it computes in float32.
    """
    converted = onnx.ModelProto()
    converted.CopyFrom(model)
    kernels = {node.input[1] for node in converted.graph.node if node.op_type == "Conv"}
    stored = [tensor for tensor in converted.graph.initializer if tensor.name in kernels]
    restoring = [node for tensor in stored for node in _store(tensor, converted.graph)]
    nodes = list(converted.graph.node)
    del converted.graph.node[:]
    converted.graph.node.extend([*restoring, *nodes])
    onnx.checker.check_model(converted)
    return converted


def find_steps(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The step between levels of each channel: the range divided into as many steps as give the least squared error.

    Parameters
    ----------
    weights
        float64 (C, N): N weights of each of C channels.

    Returns
    -------
    float64 (C, 1), 1 where all weights of a channel are equal.
    """
    lowest = weights.min(axis=1, keepdims=True)
    span = weights.max(axis=1, keepdims=True) - lowest
    step: NDArray[np.float64] = np.ones_like(span)
    least = np.full_like(span, np.inf)
    # From fine to coarse, so that of steps that fit alike the finest is taken.
    for count in range(LARGEST_LEVEL, 0, -1):
        tried = np.where(span > 0.0, span / count, 1.0)
        rounded = np.rint((weights - lowest) / tried) * tried + lowest
        error = ((rounded - weights) ** 2).sum(axis=1, keepdims=True)
        step = np.where(error < least, tried, step)
        least = np.minimum(error, least)
    return step


def _store(tensor: onnx.TensorProto, graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Convert a kernel to uint8 in place, and return the nodes that give it back as float32."""
    # Levels of each output channel from its lowest weight on.
    name, weights = tensor.name, numpy_helper.to_array(tensor).astype(np.float64)
    channels = weights.reshape(len(weights), -1)
    lowest, step = channels.min(axis=1, keepdims=True), find_steps(channels)
    levels = np.rint((channels - lowest) / step).astype(np.uint8).reshape(weights.shape)
    tensor.CopyFrom(numpy_helper.from_array(levels, f"{name}_levels"))
    # Step and lowest weight of each channel, and the way back.
    per_channel = (-1, *(1,) * (weights.ndim - 1))
    for suffix, values in (("step", step), ("lowest", lowest)):
        graph.initializer.append(
            numpy_helper.from_array(values.reshape(per_channel).astype(np.float32), f"{name}_{suffix}")
        )
    return [
        onnx.helper.make_node(
            "Cast", [f"{name}_levels"], [f"{name}_float"], name=f"{name}_cast", to=onnx.TensorProto.FLOAT
        ),
        onnx.helper.make_node("Mul", [f"{name}_float", f"{name}_step"], [f"{name}_scaled"], name=f"{name}_mul"),
        onnx.helper.make_node("Add", [f"{name}_scaled", f"{name}_lowest"], [name], name=f"{name}_add"),
    ]
