"""Graph edits for 8-bit quantisation in QDQ form: QuantizeLinear and DequantizeLinear nodes around integer layers."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime as ort
from onnxruntime.quantization import QDQQuantizer, QuantType, TensorsData
from onnxruntime.quantization.calibrate import CalibrationMethod

from export.compression.calibration import Range
from export.errors import ExportError

_FUSED_ACTIVATIONS = ("Clip", "Relu")
"""Activation functions that are fused into the layer before them: its output range does their clipping."""

_QUANTIZABLE_OPS = ("Conv", "Add", "Mul", "Concat", "Resize", "MaxPool")


def prepare(model: onnx.ModelProto) -> onnx.ModelProto:
    """Fold batch norm and constants, infer tensor types and name every node, a convolution with its weights' name.

    Raises
    ------
    ExportError
        onnxruntime cannot run the graph.
    """
    # onnxruntime's basic optimisation folds batch norm and constants and writes the result to a file.
    with TemporaryDirectory() as folder:
        prepared_path = Path(folder) / "prepared.onnx"
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(prepared_path)
        options.log_severity_level = 3  # hides a warning that such files fit one machine only: untrue at this level
        try:
            ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        except Exception as exc:
            raise ExportError(f"onnxruntime cannot run the graph: {exc}", "convert the model again") from exc
        prepared = onnx.shape_inference.infer_shapes(onnx.load(prepared_path))
    # Unique names.
    for index, node in enumerate(prepared.graph.node):
        weights = f" {node.input[1]}" if node.op_type == "Conv" else ""
        node.name = f"{node.op_type}_{index}{weights}"
    return prepared


def find_layers(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes that may be quantised, from input to output.

    The last convolution and all nodes after it stay in float: logits of 256 levels would show as steps in the alpha.
    """
    nodes = list(model.graph.node)
    convolutions = [index for index, node in enumerate(nodes) if node.op_type == "Conv"]
    body = nodes[: convolutions[-1]] if convolutions else []
    floats = set(find_activations(model))
    return [node.name for node in body if node.op_type in _QUANTIZABLE_OPS and node.output[0] in floats]


def find_blocks(model: onnx.ModelProto) -> list[tuple[str, ...]]:
    """Blocks that can stay in float: chains of two or more convolutions, each of which feeds only the next.

    A single convolution cannot stay in float: between quantised neighbours onnxruntime quantises its weights again at
    load, and per tensor (WeightBiasQuantization, https://github.com/microsoft/onnxruntime/pull/25673).
    """
    fused = find_fused(model)
    layers = set(find_layers(model))
    convolutions = [node for node in model.graph.node if node.op_type == "Conv" and node.name in layers]
    # Append each convolution to the chain that ends at its only input, or begin a new chain.
    runs: list[list[onnx.NodeProto]] = []
    for node in convolutions:
        run = next((run for run in runs if _is_only_consumer(model, run[-1], node, fused)), None)
        if run is None:
            runs.append([node])
        else:
            run.append(node)
    return [tuple(node.name for node in run) for run in runs if len(run) > 1]


def find_activations(model: onnx.ModelProto) -> list[str]:
    """Names of the float tensors that quantisable layers read or write, the network's input included."""
    values = (*model.graph.input, *model.graph.value_info)
    weights = {tensor.name for tensor in model.graph.initializer}
    is_float = {value.name: value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT for value in values}
    touched = (
        name
        for node in model.graph.node
        if node.op_type in (*_QUANTIZABLE_OPS, *_FUSED_ACTIVATIONS)
        for name in (*node.input, *node.output)
    )
    return [name for name in dict.fromkeys(touched) if is_float.get(name, False) and name not in weights]


def find_fused(model: onnx.ModelProto) -> dict[str, str]:
    """Tensors read only by a Clip or Relu, each with that node's output: both tensors get the same range."""
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in model.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    return {
        name: reading[0].output[0]
        for name, reading in readers.items()
        if len(reading) == 1 and reading[0].op_type in _FUSED_ACTIVATIONS
    }


def insert_qdq(model: onnx.ModelProto, layers: Collection[str], ranges: Mapping[str, Range]) -> onnx.ModelProto:
    """Static quantisation in QDQ form: weights to int8 per channel, activations to uint8.

    onnxruntime's integer convolutions on x86 take uint8 activations; with int8 ones they are slower than in float. Only
    7 of the 8 bits of the weights are used: a processor without VNNI instructions adds two products in 16 bits, which
    full 8-bit weights would overflow.

    Parameters
    ----------
    model
        A network that `prepare` returned; it is not changed.
    layers
        Names of nodes that `find_layers` returned; a Clip or Relu is quantised with the layer before it.
    ranges
        Range of every tensor that `find_activations` names.
    """
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    limits_of = {name: tuple(np.array(limit, np.float32) for limit in limits) for name, limits in ranges.items()}
    quantizer = QDQQuantizer(
        copied,
        per_channel=True,
        reduce_range=True,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QUInt8,
        tensors_range=TensorsData(CalibrationMethod.MinMax, limits_of),
        nodes_to_quantize=_with_fused(model, layers),
        nodes_to_exclude=[],
        op_types_to_quantize=[*_QUANTIZABLE_OPS, *_FUSED_ACTIVATIONS],
        extra_options={},
    )
    quantizer.quantize_model()
    quantized: onnx.ModelProto = quantizer.model.model
    return quantized


def _is_only_consumer(
    model: onnx.ModelProto, first: onnx.NodeProto, second: onnx.NodeProto, fused: Mapping[str, str]
) -> bool:
    """Whether the output of ``first``, behind its fused activation, is read by ``second`` alone."""
    result = fused.get(first.output[0], first.output[0])
    readers = [node for node in model.graph.node if result in node.input]
    return readers == [second] and second.input[0] == result


def _with_fused(model: onnx.ModelProto, layers: Collection[str]) -> Sequence[str]:
    """The layers and the Clip and Relu nodes that follow them."""
    made = {node.output[0] for node in model.graph.node if node.name in layers}
    fused = [node.name for node in model.graph.node if node.op_type in _FUSED_ACTIVATIONS and node.input[0] in made]
    return [*layers, *fused]
