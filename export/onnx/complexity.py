"""Model complexity from the ONNX graph: parameters and multiply-accumulate operations (MACs)."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import onnxruntime as ort

from portrait.core.model_spec import ModelSpec

_SCALING_OPS = ("QuantizeLinear", "DequantizeLinear")
_WEIGHT_DECODING_OPS = ("DequantizeLinear", "Cast")
"""Nodes between a stored weight and the layer that uses it, in files with 8- or 16-bit weights."""

_FLOAT_TYPES = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16)


def count_parameters(model: onnx.ModelProto) -> int:
    """Number of parameters: weights and biases of any stored type, without quantisation scales and zero points."""
    # A quantisation node reads its tensor from the first input, scale and zero point from the others.
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
    """Multiply-accumulate operations (MACs) of the convolutions for one image of the spec's input size.

    The sizes of the feature maps are measured by running the network, because ONNX's shape inference cannot resolve
    sizes that the graph itself computes.

    Parameters
    ----------
    model
        With float, 8-bit or 16-bit weights.
    spec
        Its contract, of which input size and layout are used.
    """
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    per_output = _kernel_sizes(model, convolutions)
    outputs = _count_outputs(model, spec, [node.output[0] for node in convolutions])
    return sum(kernel * output for kernel, output in zip(per_output, outputs, strict=True))


def _kernel_sizes(model: onnx.ModelProto, convolutions: Sequence[onnx.NodeProto]) -> list[int]:
    """MACs per output element of each convolution: kernel height × kernel width × input channels of a group."""
    decoded = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type in _WEIGHT_DECODING_OPS}
    shapes = {tensor.name: tensor.dims for tensor in model.graph.initializer}
    return [math.prod(shapes[_stored_name(node.input[1], decoded)][1:]) for node in convolutions]


def _stored_name(name: str, decoded: Mapping[str, str]) -> str:
    """Name of the stored tensor behind a weight that was dequantised or cast."""
    while name in decoded:
        name = decoded[name]
    return name


def _count_outputs(model: onnx.ModelProto, spec: ModelSpec, names: Sequence[str]) -> list[int]:
    """Number of elements of each named tensor of the graph, from one run."""
    # Make the tensors outputs of a copy of the graph.
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    del opened.graph.output[:]
    opened.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    # Run it on a blank input.
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(opened.SerializeToString(), options, providers=["CPUExecutionProvider"])
    size = (spec.input_height, spec.input_width)
    image = np.zeros((1, *size, 3) if spec.layout == "nhwc" else (1, 3, *size), np.float32)
    return [value.size for value in session.run(list(names), {session.get_inputs()[0].name: image})]
