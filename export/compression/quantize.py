"""Static 8-bit quantisation: the range rule is chosen by result, sensitive blocks stay in float, losses are refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from numpy.typing import NDArray

from export.compression.acceptance import AcceptedFile, Change, compare, format_changes
from export.compression.calibration import RANGE_RULES, Range, collect_histograms, draw_pictures
from export.compression.compression_plan import CompressionPlan, Say, renamed_spec, save_model_file, writing
from export.compression.qdq import find_activations, find_blocks, find_fused, find_layers, insert_qdq, prepare
from export.errors import ExportError
from export.evaluation.evaluate import measure_models
from export.evaluation.speed import compare_speed
from export.onnx.loading import load_onnx
from export.onnx.model_file import ModelFile
from export.onnx.parity import find_probabilities, measure_difference, measure_disagreement
from portrait.core.arrays import RgbImage
from portrait.core.model_spec import ModelSpec
from portrait.inference.segmenter import fit_input, to_network_input

FLOAT_BLOCK_COUNTS = (1, 2, 4, 8)
"""How many blocks are tried in float, one number after the other, where the losses are too large without."""

_BLOCK_PICTURES = 16
"""The first of the calibration pictures: enough to rank the blocks."""


@dataclass(frozen=True, slots=True, eq=False)
class _Workbench:
    """The float network, its pictures and what it finds in them."""

    source: ModelFile
    model: onnx.ModelProto
    spec: ModelSpec
    images: Sequence[RgbImage]
    expected: Sequence[NDArray[np.float32]]
    folder: Path
    threads: int

    def make(self, layers: Sequence[str], ranges: Mapping[str, Range], stem: str) -> ModelFile:
        """The network with these layers in 8 bits, as a file."""
        quantized = insert_qdq(self.model, layers, ranges)
        return save_model_file(quantized, self.spec, self.folder / f"{stem}.onnx")

    def find(self, candidate: ModelFile, count: int | None = None) -> list[NDArray[np.float32]]:
        """What a file finds in the first pictures; in all of them by default."""
        return find_probabilities(candidate.onnx_path, self.spec, self.images[:count], self.threads)

    def measure_disagreement(self, candidate: ModelFile, count: int | None = None) -> float:
        """Between a file and the float network, on the first pictures, or on all."""
        return measure_disagreement(self.expected[:count], self.find(candidate, count))


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """A file with some layers in float, by the rule that agrees best with the float network there."""

    candidate: ModelFile
    float_layers: tuple[str, ...]
    rule: str
    disagreements: Mapping[str, float]


def quantize(source: ModelFile, plan: CompressionPlan, path: Path, say: Say = lambda _: None) -> AcceptedFile:
    """Write a network with 8-bit layers: weights int8 per channel, activations uint8, QDQ.

    Ranges of the activations come from training images, by that rule of `export.compression.calibration.RANGE_RULES`
    whose file agrees best with the float network there. Where the figures of a validation set suffer more than
    `export.compression.acceptance` allows, the blocks that do most harm alone stay in float, more and more of them.

    Parameters
    ----------
    source
        The float network.
    plan
        Pictures, and the data sets that decide.
    path
        The ``.onnx`` file; replaced where there is one.
    say
        Receives progress.

    Raises
    ------
    ExportError
        Nothing to quantise, losses too large, or the file cannot be written; ``path`` is left as it was.
    DataError
        A data set cannot be read.
    """
    with writing(path) as partial, TemporaryDirectory() as folder:
        bench = _open_workbench(source, plan, Path(folder), say)
        trial, changes = _search(bench, plan, say)
        candidate = trial.candidate
        partial.write_bytes(candidate.onnx_path.read_bytes())
        return AcceptedFile(
            method=f"int8, {trial.rule}",
            changes=changes,
            difference=measure_difference(bench.expected, bench.find(candidate)),
            speeds=compare_speed((source.onnx_path, source.spec), (candidate.onnx_path, candidate.spec)),
            bytes_before=source.onnx_path.stat().st_size,
            bytes_after=candidate.onnx_path.stat().st_size,
            float_layers=trial.float_layers,
            disagreements=trial.disagreements,
        )


def _open_workbench(source: ModelFile, plan: CompressionPlan, folder: Path, say: Say) -> _Workbench:
    model = prepare(load_onnx(source.onnx_path))
    if any(node.op_type == "QuantizeLinear" for node in model.graph.node):
        raise ExportError(f"{source.name} has 8-bit layers already", "give the float file that it was made from")
    if not find_layers(model):
        raise ExportError(f"{source.name} has no layers to quantise", "give a network of several convolutions in float")
    images = draw_pictures(plan.train_dirs, plan.pictures, source.spec)
    say(f"calibrating on {len(images)} pictures")
    expected = find_probabilities(source.onnx_path, source.spec, images, plan.threads)
    spec = renamed_spec(source.spec, plan, "int8")
    return _Workbench(source, model, spec, images, expected, folder, plan.threads)


def _try(
    bench: _Workbench, ranges: Mapping[str, Mapping[str, Range]], float_layers: tuple[str, ...], say: Say
) -> _Trial:
    """The file with these layers in float, by the rule that suits the others best."""
    layers = [name for name in find_layers(bench.model) if name not in float_layers]
    candidates, disagreements = {}, {}
    for rule, of_rule in ranges.items():
        candidates[rule] = bench.make(layers, of_rule, f"{rule}, {len(float_layers)} layers in float")
        disagreements[rule] = bench.measure_disagreement(candidates[rule])
        say(f"{rule}: disagrees with float by {disagreements[rule]:.4f}")
    best = min(disagreements, key=disagreements.__getitem__)
    return _Trial(candidates[best], float_layers, best, disagreements)


def _find_ranges(bench: _Workbench) -> dict[str, dict[str, Range]]:
    """Ranges of all activations by rule."""
    fused = find_fused(bench.model)
    names = [name for name in find_activations(bench.model) if name not in fused]
    inputs = [to_network_input(image, bench.spec, fit_input(image, bench.spec)) for image in bench.images]
    histograms = collect_histograms(bench.model, names, inputs, bench.threads)
    found = {rule: {name: rule_of(one) for name, one in histograms.items()} for rule, rule_of in RANGE_RULES.items()}
    for ranges in found.values():
        ranges |= {name: ranges[made] for name, made in fused.items() if made in ranges}
    return found


def _search(bench: _Workbench, plan: CompressionPlan, say: Say) -> tuple[_Trial, tuple[Change, ...]]:
    """The first file that is accepted, with as few layers in float as it takes, and what it changes."""
    (before,) = measure_models([bench.source], plan.val_dirs, plan.threads)
    ranges = _find_ranges(bench)
    whole = _try(bench, ranges, (), say)
    changes: tuple[Change, ...] = ()
    in_part = _trials_in_part(bench, ranges, whole.rule, plan.float_blocks, say)
    for trial in in_part if plan.float_blocks else chain([whole], in_part):
        (after,) = measure_models([trial.candidate], plan.val_dirs, plan.threads)
        changes = compare(before, after)
        if all(change.is_accepted for change in changes):
            return trial, changes
        say(f"{len(trial.float_layers)} layers in float: loses too much\n{format_changes(changes)}")
    raise ExportError(
        f"{bench.source.name} loses too much in 8 bits, even with {len(trial.float_layers)} layers in float:\n"
        f"{format_changes(changes)}",
        "keep the float file, or store_float16 it: python -m export quantize --half",
    )


def _trials_in_part(
    bench: _Workbench, ranges: Mapping[str, Mapping[str, Range]], rule: str, least: int, say: Say
) -> Iterator[_Trial]:
    """Files with more and more of the most sensitive blocks in float, which are ranked by a rule when needed."""
    blocks = find_blocks(bench.model)
    if blocks:
        say(f"ranking {len(blocks)} blocks")
    ranked = sorted(blocks, key=lambda block: _measure_harm(bench, block, ranges[rule]), reverse=True)
    for count in sorted({*FLOAT_BLOCK_COUNTS, least} - {0}):
        if least <= count <= len(blocks):
            yield _try(bench, ranges, tuple(chain.from_iterable(ranked[:count])), say)


def _measure_harm(bench: _Workbench, block: Sequence[str], ranges: Mapping[str, Range]) -> float:
    """How much the network suffers when this block alone is quantised."""
    return bench.measure_disagreement(bench.make(block, ranges, "one-block"), _BLOCK_PICTURES)
