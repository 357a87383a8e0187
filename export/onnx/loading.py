"""Reading of ONNX files; for a file without a ModelSpec, one is inferred from the tensor shapes of its graph."""

from dataclasses import replace
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError

from export.errors import ExportError
from portrait.core.matting.label_map import VOC_CLASSES
from portrait.core.model_spec import METADATA_KEY, ModelSpec

_DEFAULT_SIZE_PX = 256
_CLASS_NAMES = {1: ("person",), 2: ("background", "person"), len(VOC_CLASSES): VOC_CLASSES}


def load_onnx(path: Path) -> onnx.ModelProto:
    """Read an ONNX file.

    Raises
    ------
    ExportError
        No such file, or not ONNX.
    """
    try:
        return onnx.load(path)
    except FileNotFoundError as exc:
        raise ExportError(f"there is no {path}", "check the path") from exc
    except (OSError, DecodeError) as exc:
        raise ExportError(f"cannot read {path} as ONNX: {exc}", "check the file") from exc


def read_spec(model: onnx.ModelProto) -> ModelSpec | None:
    """The ModelSpec in the metadata of a model, or None where it has none.

    Raises
    ------
    ExportError
        The ModelSpec cannot be understood.
    """
    texts = [entry.value for entry in model.metadata_props if entry.key == METADATA_KEY]
    if not texts:
        return None
    try:
        return ModelSpec.from_json(texts[0])
    except ValueError as exc:
        raise ExportError(f"the model's contract cannot be understood: {exc}", "convert it again") from exc


def infer_spec(model: onnx.ModelProto, name: str) -> ModelSpec:
    """Infer the contract of a segmentation network that came without one.

    Input size, layout and number of channels come from the graph. The rest is assumed: the input is RGB / 255, resized
    without regard to its aspect ratio; one channel is the person's probability, two are background and person, 21 are
    the classes of PASCAL VOC.

    Raises
    ------
    ExportError
        The network does not take one image and give one map, or its number of channels has no known meaning.
    """
    # Shapes of input and output; axis 3 or axis 1 holds the colours.
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [_shape(value) for value in model.graph.input if value.name not in weights]
    outputs = [_shape(value) for value in model.graph.output]
    is_nhwc = len(inputs) == 1 and len(inputs[0]) == 4 and inputs[0][3] == 3
    if len(inputs) != 1 or len(inputs[0]) != 4 or inputs[0][3 if is_nhwc else 1] != 3 or len(outputs[0]) != 4:
        raise ExportError(f"{name}: inputs {inputs} and outputs {outputs} are not a picture and a map", "")
    # The number of output channels gives the classes.
    channels = outputs[0][3 if is_nhwc else 1]
    if channels not in _CLASS_NAMES:
        raise ExportError(f"{name}: what {channels} output channels mean is not known", "convert it with a ModelSpec")
    # Open axes get the default size.
    height, width = inputs[0][1:3] if is_nhwc else inputs[0][2:4]
    spec = ModelSpec(
        name=name,
        input_height=height or _DEFAULT_SIZE_PX,
        input_width=width or _DEFAULT_SIZE_PX,
        size_multiple=0 if height and width else 32,
        normalize_mean=(0.0, 0.0, 0.0),
        normalize_std=(1.0, 1.0, 1.0),
        class_names=_CLASS_NAMES[channels],
        person_class_index=_CLASS_NAMES[channels].index("person"),
        output_kind="person_probability" if channels == 1 else "class_logits",
    )
    return replace(spec, layout="nhwc") if is_nhwc else spec


def _shape(value: onnx.ValueInfoProto) -> tuple[int, ...]:
    """Sizes of the axes; 0 for a dynamic axis."""
    return tuple(int(axis.dim_value) for axis in value.type.tensor_type.shape.dim)
