"""Reading of the weights of a network that was exported here, by the names that they had in torch."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from export.errors import ExportError
from export.onnx.loading import load_onnx

_NETWORK_PREFIX = "network."
_FLOAT16_SUFFIX = "_float16"


def read_exported_weights(path: Path) -> dict[str, Tensor]:
    """Weights of an exported file as float32 by their torch names.

    Batch norms are folded into their convolutions; such a bias is called ``CONVOLUTION.weight_bias``.

    Parameters
    ----------
    path
        An ``.onnx`` file written by ``python -m export convert``, also with float16 weights.

    Raises
    ------
    ExportError
        The file cannot be read, was quantised or was not exported here.
    """
    model = load_onnx(path)
    if any(node.op_type == "DequantizeLinear" for node in model.graph.node):
        raise ExportError(
            f"{path} is quantised: its weights are integers", "start from the float model or a checkpoint"
        )
    weights = {
        _torch_name(tensor): _to_float32(tensor)
        for tensor in model.graph.initializer
        if tensor.name.startswith(_NETWORK_PREFIX)
    }
    if not weights:
        raise ExportError(f"{path} was not exported by this project", "give a model of python -m export convert")
    return weights


def _torch_name(tensor: onnx.TensorProto) -> str:
    return str(tensor.name).removeprefix(_NETWORK_PREFIX).removesuffix(_FLOAT16_SUFFIX)


def _to_float32(tensor: onnx.TensorProto) -> Tensor:
    return torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32))
