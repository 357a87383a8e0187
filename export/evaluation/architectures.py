"""Comparison of networks at several input sizes: parameters, MACs, time and, if trained, accuracy on data sets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from torch import nn

from export.evaluation.evaluate import SetFigures, measure_models
from export.evaluation.speed import COMPARED_THREADS, measure_median_ms
from export.models import build_network
from export.models.normalize import NORMALIZE
from export.models.published import PUBLISHED
from export.onnx.complexity import count_macs, count_parameters
from export.onnx.loading import load_onnx
from export.onnx.model_file import ModelFile, open_models
from export.onnx.to_onnx import convert
from portrait.core.model_spec import ModelSpec

INPUT_SIZES = ((192, 320), (256, 256), (320, 320), (384, 384), (512, 512))
"""(height, width) in pixels at which every network that takes any input size is measured."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A network to compare without training it.

    Attributes
    ----------
    name
        Title that says what is varied.
    arch, config
        Arguments of `export.models.build_network`.
    spec
        Contract of a published network, which is measured at its own input size only; None: the contract of the person
        networks trained here, which take any size.
    """

    name: str
    arch: str = "deeplabv3plus_mobilenet_v2"
    config: Mapping[str, Any] = field(default_factory=dict)
    spec: ModelSpec | None = None


VARIANTS = (
    Variant(
        "DeepLabV3 MobileNetV2, 21 classes", "deeplabv3_mobilenet_v2", spec=PUBLISHED["deeplabv3_mobilenet_v2"].spec
    ),
    Variant("V3+, skip at 4", config={"skip_channels": (48,)}),
    Variant("V3+, skips at 4 and 2"),
    Variant("V3+, width 0.75", config={"width_multiplier": 0.75}),
    Variant("V3+, width 0.5", config={"width_multiplier": 0.5}),
    Variant("V3+, ASPP 64", config={"aspp_channels": 64}),
    Variant("V3+, ASPP 256", config={"aspp_channels": 256}),
)
"""V3+ is DeepLabV3+ on MobileNetV2; width 1 and ASPP branches of 128 channels unless the name says otherwise."""


@dataclass(frozen=True, slots=True)
class ArchitectureFigures:
    """Figures of one network at one input size.

    Attributes
    ----------
    name, is_trained, input_height, input_width
        Network and input size.
    parameters, macs
        Model complexity, see `export.onnx.complexity`.
    median_ms
        Median time of the network alone, by number of threads.
    sets
        Figures on data sets; empty for an untrained network.
    """

    name: str
    is_trained: bool
    input_height: int
    input_width: int
    parameters: int
    macs: int
    median_ms: Mapping[int, float]
    sets: tuple[SetFigures, ...] = ()

    def to_json_dict(self) -> dict[str, Any]:
        """The figures as plain numbers, texts, lists and dicts."""
        return asdict(self)


def convert_variants(variants: Sequence[Variant], folder: Path) -> tuple[ModelFile, ...]:
    """Export the variants, with random weights, as ONNX files in a folder."""
    return tuple(_convert_variant(variant, folder / f"{index}.onnx") for index, variant in enumerate(variants))


def at_input_sizes(candidate: ModelFile, sizes: Sequence[tuple[int, int]] = INPUT_SIZES) -> tuple[ModelFile, ...]:
    """The file once for each size and for its own input size; a file of fixed input size once, at its own."""
    own = (candidate.spec.input_height, candidate.spec.input_width)
    wanted = dict.fromkeys((*sizes, own)) if candidate.spec.is_dynamic else (own,)
    specs = (replace(candidate.spec, input_height=height, input_width=width) for height, width in wanted)
    return tuple(replace(candidate, spec=spec) for spec in specs)


def measure_architectures(
    trained: Sequence[ModelFile],
    untrained: Sequence[ModelFile],
    folders: Sequence[Path],
    *,
    threads: int = 4,
    rounds: int = 20,
) -> tuple[ArchitectureFigures, ...]:
    """Complexity, median time and accuracy of networks, each at the input size of its spec.

    Parameters
    ----------
    trained, untrained
        Files from `at_input_sizes`. Only trained networks are run on the data sets.
    folders
        Data sets, as `export.data.data_set.find_data_set` reads them.
    threads
        Number of threads that evaluate images of the data sets; times are measured on each number of threads in
        `export.evaluation.speed.COMPARED_THREADS`.
    rounds
        Timed runs of each network on each number of threads.

    Raises
    ------
    DataError
        A data set cannot be read.
    ModelError
        A file cannot be run.
    """
    candidates = (*trained, *untrained)
    networks = [(candidate.onnx_path, candidate.spec) for candidate in candidates]
    times = [measure_median_ms(networks, threads=count, rounds=rounds) for count in COMPARED_THREADS]
    found = (*measure_models(trained, folders, threads), *(() for _ in untrained))
    return tuple(
        _figures(candidate, index < len(trained), dict(zip(COMPARED_THREADS, times_ms, strict=True)), sets)
        for index, (candidate, times_ms, sets) in enumerate(
            zip(candidates, zip(*times, strict=True), found, strict=True)
        )
    )


def _convert_variant(variant: Variant, path: Path) -> ModelFile:
    # The contract: the published one, or that of a person network trained here.
    height, width = INPUT_SIZES[1]
    spec = variant.spec or ModelSpec(
        variant.name, height, width, normalize_mean=(NORMALIZE,) * 3, normalize_std=(NORMALIZE,) * 3
    )
    fixed_size = None if variant.spec is None else (spec.input_height, spec.input_width)
    # Export with random weights.
    network = build_network(variant.arch, class_count=len(spec.class_names), **variant.config)
    _randomise_batch_norm(network)
    convert(network.eval(), spec, path, fixed_size=fixed_size)
    (candidate,) = open_models([path], path.parent)
    return replace(candidate, name=variant.name)


def _randomise_batch_norm(network: nn.Module) -> None:
    """Give batch norm random biases, so that all parameters are counted.

    Untrained batch norm folds into biases of zero; the exporter would merge these equal tensors into one.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.bias, std=0.1)


def _figures(
    candidate: ModelFile, is_trained: bool, median_ms: Mapping[int, float], sets: tuple[SetFigures, ...]
) -> ArchitectureFigures:
    model = load_onnx(candidate.onnx_path)
    return ArchitectureFigures(
        name=candidate.name,
        is_trained=is_trained,
        input_height=candidate.spec.input_height,
        input_width=candidate.spec.input_width,
        parameters=count_parameters(model),
        macs=count_macs(model, candidate.spec),
        median_ms=median_ms,
        sets=sets,
    )
