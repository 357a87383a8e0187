"""Export of a torch network to one ONNX file that carries its contract, checked for numerical parity with torch."""

import copy
import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from export.atomic import replacing
from export.errors import ExportError
from export.onnx.parity import PARITY_TOLERANCE, ParityReport, measure_parity
from export.onnx.uint8_weights import to_uint8_weights
from portrait.core.model_spec import METADATA_KEY, ModelSpec

OPSET = 18
SIZE_MULTIPLE = 16
"""Input sizes of the networks in `export.models` should be multiples of this: their strides 8 and 16 divide it."""

_TRACED_SHAPE = (2, 3, 96, 112)


class _Exported(nn.Module):
    """The graph of the exported file: network and, where the spec asks for a probability, a sigmoid; else logits."""

    def __init__(self, network: nn.Module, spec: ModelSpec) -> None:
        super().__init__()
        self.network = network
        self.with_sigmoid = spec.output_kind == "person_probability"

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.network(image)["out"]
        return torch.sigmoid(logits) if self.with_sigmoid else logits


def convert(
    network: nn.Module,
    spec: ModelSpec,
    path: Path,
    *,
    fixed_size: tuple[int, int] | None = None,
    uint8_weights: bool = False,
) -> ParityReport:
    """Write a network as one ONNX file: input "image", output "probability" or "logits", ModelSpec in the metadata.

    The file is kept only when its outputs equal torch's (`export.onnx.parity`). Batch norm is folded into the
    convolutions. The network is traced by `torch.export`; the older TorchScript exporter would give a graph of the same
    size and speed under onnxruntime 1.32, but is to be removed from torch.

    Parameters
    ----------
    network
        Its forward gives ``{"out": logits (N, C, H, W)}`` for a normalised (N, 3, H, W). It is not changed.
    spec
        Its contract; ``size_multiple`` is set here, and the input size too where it is fixed.
    path
        The ``.onnx`` file; replaced where there is one.
    fixed_size
        (H, W) of the only input that the file takes, one image at a time. None: any batch size, height and width.
    uint8_weights
        Whether kernels are stored in 8 bits, see `export.onnx.uint8_weights`; the outputs must equal torch's all the
        same, as those of a network do whose weights were trained in 8 bits.

    Returns
    -------
    ParityReport
        The differences between torch and onnxruntime.

    Raises
    ------
    ExportError
        The network does not fit its spec, cannot be exported, or the export differs; ``path`` is left as it was.
    """
    spec = _sized_spec(spec, fixed_size)
    exported = _Exported(copy.deepcopy(network).cpu(), spec).eval()
    _require_channels(exported, spec)
    model = _trace(exported, spec)
    _reshape_weights(model)
    if uint8_weights:
        model = to_uint8_weights(model)
    _write_metadata(model, spec)
    try:
        with replacing(path) as partial:
            partial.write_bytes(model.SerializeToString())
            report = measure_parity(exported, spec, partial)
            _require_parity(report)
    except OSError as exc:
        raise ExportError(f"cannot write {path}: {exc.strerror}", "choose another place with -o") from exc
    return report


def _sized_spec(spec: ModelSpec, fixed_size: tuple[int, int] | None) -> ModelSpec:
    """The spec with the fixed input size, which is marked by a size multiple of 0, or for any size."""
    if fixed_size is None:
        return replace(spec, size_multiple=spec.size_multiple or SIZE_MULTIPLE)
    height, width = fixed_size
    return replace(spec, input_height=height, input_width=width, size_multiple=0)


def _require_channels(exported: _Exported, spec: ModelSpec) -> None:
    with torch.inference_mode():
        found = exported(torch.zeros(_TRACED_SHAPE)).shape[1]
    wanted = len(spec.class_names)
    if found != wanted:
        raise ExportError(
            f"the network gives {found} channels, but {spec.output_kind} of its spec means {wanted}",
            "give the checkpoint the spec that belongs to it",
        )


def _trace(exported: _Exported, spec: ModelSpec) -> onnx.ModelProto:
    sample = torch.zeros(_TRACED_SHAPE if spec.is_dynamic else (1, 3, spec.input_height, spec.input_width))
    axes = {0: torch.export.Dim("batch"), 2: torch.export.Dim("height"), 3: torch.export.Dim("width")}
    with _quiet_exporter():
        program = torch.onnx.export(
            exported,
            (sample,),
            dynamo=True,
            external_data=False,
            opset_version=OPSET,
            input_names=["image"],
            output_names=["probability" if exported.with_sigmoid else "logits"],
            dynamic_shapes={"image": axes} if spec.is_dynamic else None,
            verbose=False,
        )
    if program is None:
        raise ExportError("torch gave no ONNX program", "try the torch version of the constraints file")
    model: onnx.ModelProto = program.model_proto
    return model


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """WORKAROUND for torch 2.13: hide its log line on missing torchvision and a warning about its own pytree checks."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)` is deprecated")
            yield
    finally:
        logger.setLevel(level)


def _reshape_weights(model: onnx.ModelProto) -> None:
    """Give weights the shape that the graph reshapes them to; the exporter leaves that of large ones to run time."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    uses = Counter(name for node in model.graph.node for name in node.input)
    for node in [node for node in model.graph.node if node.op_type == "Reshape"]:
        if all(name in weights for name in node.input) and uses[node.input[0]] == 1:
            weight, shape = (weights[name] for name in node.input)
            weight.dims[:] = onnx.numpy_helper.to_array(weight).reshape(onnx.numpy_helper.to_array(shape)).shape
            model.graph.node.remove(node)
            for user in model.graph.node:
                user.input[:] = [weight.name if name == node.output[0] else name for name in user.input]


def _write_metadata(model: onnx.ModelProto, spec: ModelSpec) -> None:
    """Store the spec in the metadata and remove the exporter's notes: stack traces with paths of the local machine."""
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    for value in (*model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer):
        value.ClearField("metadata_props")
    model.graph.ClearField("metadata_props")
    onnx.helper.set_model_props(model, {METADATA_KEY: spec.to_json()})
    onnx.checker.check_model(model)


def _require_parity(report: ParityReport) -> None:
    if not report.holds:
        raise ExportError(
            f"the exported network differs from torch by {report.max_difference:.2g}, more than {PARITY_TOLERANCE:g}",
            "nothing was written; a layer that onnxruntime computes otherwise has to be replaced, and weights that "
            "were not trained in 8 bits are kept in float",
        )
