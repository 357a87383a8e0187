"""Model complexity from the ONNX graph: parameters and multiply-accumulate operations (MACs)."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import onnxruntime as ort

from export.onnx.weight_storage import restore_weights
from portrait.core.model_spec import ModelSpec

_SCALING_OPS = ("QuantizeLinear", "DequantizeLinear")
_WEIGHT_DECODING_OPS = ("DequantizeLinear",)
"""Nodes between a stored weight and the layer that uses it, in quantised files."""

_COUNTED_OPS = ("Conv", "ConvTranspose")

_FLOAT_TYPES = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16)


def count_parameters(model: onnx.ModelProto) -> int:
    """Number of parameters: weights and biases of any stored type, without quantisation scales and zero points."""
    model = restore_weights(model)
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
    """Multiply-accumulate operations (MACs) of the convolutions, transposed ones too, for one image of the spec's size.

    The sizes of the feature maps are measured by running the network, because ONNX's shape inference cannot resolve
    sizes that the graph itself computes.

    Parameters
    ----------
    model
        With float, 8-bit or 16-bit weights.
    spec
        Its contract, of which input size and layout are used.
    """
    model = restore_weights(model)
    convolutions = [node for node in model.graph.node if node.op_type in _COUNTED_OPS]
    # A convolution applies its kernel for each output element, a transposed one for each input element.
    counted = [node.output[0] if node.op_type == "Conv" else node.input[0] for node in convolutions]
    elements = _count_elements(model, spec, list(dict.fromkeys(counted)))
    kernels = _kernel_sizes(model, convolutions)
    return sum(kernel * elements[name] for kernel, name in zip(kernels, counted, strict=True))


def _kernel_sizes(model: onnx.ModelProto, convolutions: Sequence[onnx.NodeProto]) -> list[int]:
    """MACs per element: kernel height × width × input channels of a group, or its output channels where transposed."""
    decoded = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type in _WEIGHT_DECODING_OPS}
    shapes = {tensor.name: tensor.dims for tensor in model.graph.initializer}
    return [math.prod(shapes[_stored_name(node.input[1], decoded)][1:]) for node in convolutions]


def _stored_name(name: str, decoded: Mapping[str, str]) -> str:
    """Name of the stored tensor behind a weight that was dequantised."""
    while name in decoded:
        name = decoded[name]
    return name


def _count_elements(model: onnx.ModelProto, spec: ModelSpec, names: Sequence[str]) -> dict[str, int]:
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
    values = session.run(list(names), {session.get_inputs()[0].name: image})
    return {name: value.size for name, value in zip(names, values, strict=True)}
