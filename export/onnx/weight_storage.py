"""Weights that are stored in fewer bits and restored to float32 by nodes of the graph: undone here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

_RESTORING: Mapping[str, Callable[..., NDArray[np.float32]]] = MappingProxyType(
    {"Cast": lambda stored: stored.astype(np.float32), "Mul": np.multiply, "Add": np.add}
)
"""What `export.compression.float16_weights` and `export.onnx.uint8_weights` restore weights by."""


def restore_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network with its weights in float32 under their own names: constant folding of what restores them.

    Parameters
    ----------
    model
        An exported network; it is not changed. Layers that compute in 8 bits stay as they are.
    """
    restored = onnx.ModelProto()
    restored.CopyFrom(model)
    graph = restored.graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in [node for node in graph.node if _restores(node)]:
        if all(name in values for name in node.input):
            values[node.output[0]] = _RESTORING[node.op_type](*(values[name] for name in node.input))
            graph.node.remove(node)
    used = {name for node in graph.node for name in node.input}
    kept = [numpy_helper.from_array(array, name) for name, array in values.items() if name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    return restored


def _restores(node: onnx.NodeProto) -> bool:
    to = next((attribute.i for attribute in node.attribute if attribute.name == "to"), onnx.TensorProto.FLOAT)
    return node.op_type in _RESTORING and to == onnx.TensorProto.FLOAT
