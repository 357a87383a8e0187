"""ModelSpec: what a network expects and gives. It travels inside the ONNX file as metadata."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

InputFit = Literal["squash", "letterbox", "cover", "contain"]
OutputKind = Literal["person_probability", "class_logits", "inverse_depth"]
Layout = Literal["nchw", "nhwc"]

METADATA_KEY = "portrait.model_spec"
"""Key of the JSON text in the ONNX metadata_props."""

SPEC_VERSION = 1

PEOPLE_CHANNELS = ("center", "offset_down", "offset_right")
"""Names of the channels that tell people apart: a heat map of their centres of mass, 0 … 1, and for each pixel the way
to that of its person, 0 … 1 for −1 … 1 of the height and the width (Panoptic-DeepLab, arXiv 1911.10194).
"""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The contract between a trained network and the app.

    Attributes
    ----------
    name
        Short name shown to the user.
    input_height, input_width
        Size in pixels at which the network was trained and is run by default.
    input_fit
        ``squash`` resizes without keeping the aspect ratio; ``letterbox`` keeps it and pads with the mean colour. For
        depth, where the file takes any size: ``cover`` keeps it with both sides at least those above, ``contain`` with
        both at most.
    size_multiple
        0: the file takes only the size above. Otherwise it takes any size, best a multiple of this number.
    normalize_mean, normalize_std
        Per RGB channel, in units of an image scaled to 0 … 1: x = (rgb / 255 − mean) / std.
    class_names
        Output channels in order.
    person_class_index
        Index in ``class_names`` of what is kept sharp.
    output_kind
        ``person_probability``: each channel 0 … 1, independent of the others; "subject" is the person with what is
        held, worn or ridden, and `PEOPLE_CHANNELS` tell people apart. ``class_logits``: one channel per class before
        softmax. ``inverse_depth``: one channel, larger is nearer, up to an unknown scale and offset.
    layout
        Axis order of input and output.
    training_id
        Name of the training run; details are in the model card.
    licence
        SPDX identifier of the weights.
    subject_classes
        Names of classes that are kept sharp together, in place of the class of ``person_class_index``; empty in files,
        and chosen by `with_subject`.
    """

    name: str
    input_height: int
    input_width: int
    input_fit: InputFit = "squash"
    size_multiple: int = 0
    normalize_mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    normalize_std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    class_names: tuple[str, ...] = ("person",)
    person_class_index: int = 0
    output_kind: OutputKind = "person_probability"
    layout: Layout = "nchw"
    training_id: str = ""
    licence: str = ""
    subject_classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require(self.input_height > 0 and self.input_width > 0, "input size must be positive")
        _require(self.size_multiple >= 0, "size_multiple must be 0 or more")
        _require(self.input_fit in get_args(InputFit), f"unknown input_fit {self.input_fit!r}")
        _require(self.output_kind in get_args(OutputKind), f"unknown output_kind {self.output_kind!r}")
        _require(self.layout in get_args(Layout), f"unknown layout {self.layout!r}")
        _require(self.input_fit in ("squash", "letterbox") or self.gives_depth, "this input_fit is for depth")
        _require(len(self.normalize_mean) == 3 and len(self.normalize_std) == 3, "normalisation needs three channels")
        _require(all(s > 0 for s in self.normalize_std), "normalize_std must be positive")
        _require(0 <= self.person_class_index < len(self.class_names), "person_class_index is not a class")
        _require(set(self.subject_classes) <= set(self.class_names), "subject_classes are not all classes")

    @property
    def gives_depth(self) -> bool:
        """Whether it is a network for depth, not for segmentation."""
        return self.output_kind == "inverse_depth"

    @property
    def tells_people_apart(self) -> bool:
        """Whether the file has the channels of `PEOPLE_CHANNELS`."""
        return set(PEOPLE_CHANNELS) <= set(self.class_names)

    @property
    def subject_indices(self) -> tuple[int, ...]:
        """Indices of the channels of what is kept sharp."""
        chosen = tuple(self.class_names.index(name) for name in self.subject_classes)
        return chosen or (self.person_class_index,)

    @property
    def possible_subjects(self) -> tuple[str, ...]:
        """Names of the classes that can be kept sharp."""
        return tuple(name for name in self.class_names if name not in ("background", *PEOPLE_CHANNELS))

    def with_subject(self, names: Sequence[str]) -> "ModelSpec":
        """The same network, keeping other classes sharp; none: the person.

        Raises
        ------
        LookupError
            The network has no such class that could be a subject; see `possible_subjects`.
        """
        unknown = [name for name in names if name not in self.possible_subjects]
        if unknown:
            raise LookupError(f"{self.name} has no subject {', '.join(unknown)}")
        return replace(self, subject_classes=tuple(dict.fromkeys(names)))

    def with_input_side(self, side_px: int) -> "ModelSpec":
        """The same network at fewer pixels: a square input of this side, into which images are squashed.

        Itself where the file takes one size only, or its input has no more pixels.
        """
        if not self.is_dynamic or self.input_height * self.input_width <= side_px**2:
            return self
        return replace(self, input_height=side_px, input_width=side_px, input_fit="squash")

    @property
    def is_dynamic(self) -> bool:
        """Whether the file takes other input sizes than its own."""
        return self.size_multiple > 0

    def to_json(self) -> str:
        """JSON text for the ONNX metadata."""
        fields = {"spec_version": SPEC_VERSION, **asdict(self)}
        if not self.subject_classes:  # no file has them, and versions without this choice read it
            del fields["subject_classes"]
        return json.dumps(fields, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "ModelSpec":
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            Not JSON, a newer version, missing or unknown fields, or values that make no sense.
        """
        fields: Any = json.loads(text)
        _require(isinstance(fields, dict), "model spec must be a JSON object")
        version = fields.pop("spec_version", None)
        _require(version == SPEC_VERSION, f"model spec version {version!r} is not {SPEC_VERSION}")
        for key in ("normalize_mean", "normalize_std", "class_names", "subject_classes"):
            if key in fields:
                fields[key] = tuple(fields[key])
        try:
            return cls(**fields)
        except TypeError as exc:
            raise ValueError(f"model spec fields do not fit: {exc}") from exc


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)
