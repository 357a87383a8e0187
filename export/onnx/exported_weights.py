"""Reading of the weights of a network that was exported here, by the names that they had in torch."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from export.errors import ExportError
from export.onnx.loading import load_onnx
from export.onnx.weight_storage import restore_weights

_NETWORK_PREFIX = "network."
_QUANTISED_SUFFIX = "_quantized"


def read_exported_weights(path: Path) -> dict[str, Tensor]:
    """Weights of an exported file as float32 by their torch names.

    Batch norms are folded into their convolutions; such a bias is called ``CONVOLUTION.weight_bias``.

    Parameters
    ----------
    path
        An ``.onnx`` file written by ``python -m export convert``, also with 16- or 8-bit weights, or quantised.

    Raises
    ------
    ExportError
        The file cannot be read or was not exported here.
    """
    model = restore_weights(load_onnx(path))
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    weights = {_torch_name(name): _to_float32(tensor) for name, tensor in stored.items() if _is_float(tensor)}
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in stored:
            weights[_torch_name(node.input[0])] = _dequantise(node, stored)
    weights = {name.removeprefix(_NETWORK_PREFIX): w for name, w in weights.items() if name.startswith(_NETWORK_PREFIX)}
    if not weights:
        raise ExportError(f"{path} was not exported by this project", "give a model of python -m export convert")
    return weights


def _torch_name(stored_name: str) -> str:
    return stored_name.removesuffix(_QUANTISED_SUFFIX)


def _is_float(tensor: onnx.TensorProto) -> bool:
    return tensor.data_type == onnx.TensorProto.FLOAT


def _to_float32(tensor: onnx.TensorProto) -> Tensor:
    return torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))


def _dequantise(node: onnx.NodeProto, stored: dict[str, onnx.TensorProto]) -> Tensor:
    """(integer − zero point) · scale of a stored tensor, by tensor or by channel: what the node computes."""
    values, scale, *zero_point = (_to_float32(stored[name]) for name in node.input if name)
    axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 1)
    shape = [1] * values.dim()
    if scale.numel() > 1:
        shape[axis] = scale.numel()
    offset = zero_point[0].reshape(shape) if zero_point else 0.0
    return (values - offset) * scale.reshape(shape)
