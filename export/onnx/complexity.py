"""How large a network is and how much it computes, from its ONNX graph."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import onnxruntime as ort

from portrait.core.model_spec import ModelSpec

_SCALING_OPS = ("QuantizeLinear", "DequantizeLinear")
_WRAPPING_OPS = ("DequantizeLinear", "Cast")
"""Stand between a stored weight and the layer that uses it, in files with 8- or 16-bit weights."""

_FLOAT_TYPES = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16)


def count_parameters(model: onnx.ModelProto) -> int:
    """Numbers in the weights and biases, in whatever format they are stored; scales and zero points do not count."""
    scaling = [node for node in model.graph.node if node.op_type in _SCALING_OPS]
    scales = {name for node in scaling for name in node.input[1:]}
    stored = {node.input[0] for node in scaling}
    counted = (
        tensor
        for tensor in model.graph.initializer
        if tensor.name in stored or (tensor.data_type in _FLOAT_TYPES and tensor.name not in scales and tensor.dims)
    )
    return sum(math.prod(tensor.dims) for tensor in counted)


def count_macs(model: onnx.ModelProto, spec: ModelSpec) -> int:
    """Multiply-accumulate operations of the convolutions for one picture of the spec's input size.

    The sizes of the feature maps are those of a run: sizes computed inside the graph escape ONNX's shape inference.

    Parameters
    ----------
    model
        Float, 8-bit or 16-bit weights.
    spec
        Its contract; only input size and layout count.
    """
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    per_output = _kernel_sizes(model, convolutions)
    outputs = _count_outputs(model, spec, [node.output[0] for node in convolutions])
    return sum(kernel * output for kernel, output in zip(per_output, outputs, strict=True))


def _kernel_sizes(model: onnx.ModelProto, convolutions: Sequence[onnx.NodeProto]) -> list[int]:
    """Multiplications behind one number of each convolution's output."""
    wrapped = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type in _WRAPPING_OPS}
    shapes = {tensor.name: tensor.dims for tensor in model.graph.initializer}
    return [math.prod(shapes[_unwrap(node.input[1], wrapped)][1:]) for node in convolutions]


def _unwrap(name: str, wrapped: Mapping[str, str]) -> str:
    while name in wrapped:
        name = wrapped[name]
    return name


def _count_outputs(model: onnx.ModelProto, spec: ModelSpec, names: Sequence[str]) -> list[int]:
    """Numbers in each of these values of the graph."""
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    del opened.graph.output[:]
    opened.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(opened.SerializeToString(), options, providers=["CPUExecutionProvider"])
    size = (spec.input_height, spec.input_width)
    picture = np.zeros((1, *size, 3) if spec.layout == "nhwc" else (1, 3, *size), np.float32)
    return [value.size for value in session.run(list(names), {session.get_inputs()[0].name: picture})]
