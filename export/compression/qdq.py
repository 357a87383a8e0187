"""Networks with 8-bit layers: QuantizeLinear and DequantizeLinear around what onnxruntime then computes in integers."""

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
"""Vanish into the range of the layer before them."""

_LAYERS = ("Conv", "Add", "Mul", "Concat", "Resize", "MaxPool")


def prepare(model: onnx.ModelProto) -> onnx.ModelProto:
    """Fold batch norm and constants, infer types, and give every node a name, a convolution one that names its weights.

    Raises
    ------
    ExportError
        onnxruntime cannot run the graph.
    """
    with TemporaryDirectory() as folder:
        prepared_path = Path(folder) / "prepared.onnx"
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(prepared_path)
        options.log_severity_level = 3  # it would warn that such a file is for one machine; on this level it is not
        try:
            ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        except Exception as exc:
            raise ExportError(f"onnxruntime cannot run the graph: {exc}", "convert the model again") from exc
        prepared = onnx.shape_inference.infer_shapes(onnx.load(prepared_path))
    for index, node in enumerate(prepared.graph.node):
        weights = f" {node.input[1]}" if node.op_type == "Conv" else ""
        node.name = f"{node.op_type}_{index}{weights}"
    return prepared


def find_layers(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes that may be quantised, from input to output.

    The last convolution and all behind it stay in float: 256 levels of the logits would show as steps in the alpha.
    """
    nodes = list(model.graph.node)
    convolutions = [index for index, node in enumerate(nodes) if node.op_type == "Conv"]
    body = nodes[: convolutions[-1]] if convolutions else []
    floats = set(find_activations(model))
    return [node.name for node in body if node.op_type in _LAYERS and node.output[0] in floats]


def find_blocks(model: onnx.ModelProto) -> list[tuple[str, ...]]:
    """Runs of two and more convolutions, each of which feeds the next alone: what can stay in float.

    A single one cannot: between quantised neighbours onnxruntime quantises its weights again at load, and per tensor
    (WeightBiasQuantization, https://github.com/microsoft/onnxruntime/pull/25673).
    """
    fused = find_fused(model)
    layers = set(find_layers(model))
    convolutions = [node for node in model.graph.node if node.op_type == "Conv" and node.name in layers]
    runs: list[list[onnx.NodeProto]] = []
    for node in convolutions:
        run = next((run for run in runs if _feeds_alone(model, run[-1], node, fused)), None)
        if run is None:
            runs.append([node])
        else:
            run.append(node)
    return [tuple(node.name for node in run) for run in runs if len(run) > 1]


def find_activations(model: onnx.ModelProto) -> list[str]:
    """Names of the float values between the layers, the picture among them."""
    values = (*model.graph.input, *model.graph.value_info)
    weights = {tensor.name for tensor in model.graph.initializer}
    is_float = {value.name: value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT for value in values}
    touched = (
        name
        for node in model.graph.node
        if node.op_type in (*_LAYERS, *_FUSED_ACTIVATIONS)
        for name in (*node.input, *node.output)
    )
    return [name for name in dict.fromkeys(touched) if is_float.get(name, False) and name not in weights]


def find_fused(model: onnx.ModelProto) -> dict[str, str]:
    """Values that are read by a Clip or Relu only, and what it makes of them: the same range serves both."""
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
    """Quantise layers: weights to int8 per channel, of which 7 bits are used, activations to uint8.

    onnxruntime's integer convolutions on x86 take uint8 activations; with int8 ones they are slower than in float.
    Where a processor has no VNNI instructions it adds two products in 16 bits, which 8-bit weights would overflow.

    Parameters
    ----------
    model
        As `prepare` gives it; it is not changed.
    layers
        Of `find_layers`; a Clip or Relu goes with the layer before it.
    ranges
        Of every value of `find_activations`.
    """
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    found = {name: tuple(np.array(limit, np.float32) for limit in limits) for name, limits in ranges.items()}
    quantizer = QDQQuantizer(
        copied,
        per_channel=True,
        reduce_range=True,
        weight_qType=QuantType.QInt8,
        activation_qType=QuantType.QUInt8,
        tensors_range=TensorsData(CalibrationMethod.MinMax, found),
        nodes_to_quantize=_with_fused(model, layers),
        nodes_to_exclude=[],
        op_types_to_quantize=[*_LAYERS, *_FUSED_ACTIVATIONS],
        extra_options={},
    )
    quantizer.quantize_model()
    quantized: onnx.ModelProto = quantizer.model.model
    return quantized


def _feeds_alone(
    model: onnx.ModelProto, first: onnx.NodeProto, second: onnx.NodeProto, fused: Mapping[str, str]
) -> bool:
    """Whether all that comes out of one convolution, through its activation, goes into the other."""
    result = fused.get(first.output[0], first.output[0])
    readers = [node for node in model.graph.node if result in node.input]
    return readers == [second] and second.input[0] == result


def _with_fused(model: onnx.ModelProto, layers: Collection[str]) -> Sequence[str]:
    made = {node.output[0] for node in model.graph.node if node.name in layers}
    fused = [node.name for node in model.graph.node if node.op_type in _FUSED_ACTIVATIONS and node.input[0] in made]
    return [*layers, *fused]
