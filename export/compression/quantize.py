"""Static post-training quantisation to 8 bits (PTQ).

The range rule is the one whose network agrees best with the float one. Where accuracy on a validation set drops too
far, the most sensitive blocks stay in float; where that does not help either, the network is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from numpy.typing import NDArray

from export.compression.acceptance import AcceptedFile, Change, compare, format_changes
from export.compression.calibration import RANGE_RULES, Range, collect_histograms, draw_images
from export.compression.compression_plan import CompressionPlan, Say, renamed_spec, save_model_file, writing
from export.compression.kept_labels import compare_labels
from export.compression.qdq import find_activations, find_blocks, find_fused, find_layers, insert_qdq, prepare
from export.compression.rounding import RoundedLayer, replace_weights, round_layers
from export.errors import ExportError
from export.evaluation.evaluate import measure_models
from export.evaluation.speed import compare_speed
from export.onnx.loading import load_onnx
from export.onnx.model_file import ModelFile
from export.onnx.parity import find_probabilities, measure_difference, measure_disagreement
from portrait.core.arrays import RgbImage
from portrait.core.model_spec import ModelSpec
from portrait.inference.network_input import fit_input, to_network_input

FLOAT_BLOCK_COUNTS = (1, 2, 4, 8)
"""Numbers of blocks in float that are tried in turn where full quantisation loses too much."""

_RANKING_IMAGES = 16
"""Number of calibration images on which blocks are ranked by sensitivity."""


@dataclass(frozen=True, slots=True, eq=False)
class _Calibration:
    """The float network, its rounded weights, its calibration images and its probabilities on them (``expected``)."""

    source: ModelFile
    model: onnx.ModelProto
    spec: ModelSpec
    images: Sequence[RgbImage]
    inputs: Sequence[NDArray[np.float32]]
    rounded: Mapping[str, RoundedLayer]
    expected: Sequence[NDArray[np.float32]]
    folder: Path
    threads: int

    def make(self, layers: Sequence[str], ranges: Mapping[str, Range], stem: str) -> ModelFile:
        """Write the network with these layers quantised to a file."""
        quantized = insert_qdq(replace_weights(self.model, layers, self.rounded), layers, ranges)
        return save_model_file(quantized, self.spec, self.folder / f"{stem}.onnx")

    def find(self, candidate: ModelFile, count: int | None = None) -> list[NDArray[np.float32]]:
        """Probabilities of a file on the first ``count`` images; None: on all."""
        return find_probabilities(candidate.onnx_path, self.spec, self.images[:count], self.threads)

    def measure_disagreement(self, candidate: ModelFile, count: int | None = None) -> float:
        """1 − soft IoU between a file and the float network on the first ``count`` images; None: on all."""
        return measure_disagreement(self.expected[:count], self.find(candidate, count))


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """A quantised file with some layers in float.

    Attributes
    ----------
    candidate
        The file.
    float_layers
        Names of its layers in float.
    rule
        The range rule that it was made with: of all rules the one that agrees best with the float network.
    disagreements
        1 − soft IoU with the float network of every rule.
    """

    candidate: ModelFile
    float_layers: tuple[str, ...]
    rule: str
    disagreements: Mapping[str, float]


def quantize(source: ModelFile, plan: CompressionPlan, path: Path, say: Say = lambda _: None) -> AcceptedFile:
    """Post-training quantisation of a network: int8 weights per channel, uint8 activations, QDQ form.

    Weights are rounded with regard to what they read (`export.compression.rounding`). Activation ranges are calibrated
    on training images by every rule of `export.compression.calibration.RANGE_RULES`; the rule whose network agrees best
    with the float one is taken. Where a validation set loses more than
    `export.compression.acceptance` allows, the blocks that are most sensitive to quantisation stay in float: first one,
    then more of them.

    Parameters
    ----------
    source
        The float network.
    plan
        Training images for calibration, validation sets for acceptance.
    path
        The ``.onnx`` file; replaced where there is one.
    say
        Receives lines of progress.

    Raises
    ------
    ExportError
        Nothing to quantise, losses too large, or the file cannot be written; ``path`` is left as it was.
    DataError
        A data set cannot be read.
    """
    with writing(path) as partial, TemporaryDirectory() as folder:
        calibration = _open_calibration(source, plan, Path(folder), say)
        trial, changes = _search(calibration, plan, say)
        candidate = trial.candidate
        partial.write_bytes(candidate.onnx_path.read_bytes())
        return AcceptedFile(
            method=f"int8, {trial.rule}",
            changes=changes,
            difference=measure_difference(calibration.expected, calibration.find(candidate)),
            speeds=compare_speed((source.onnx_path, source.spec), (candidate.onnx_path, candidate.spec)),
            bytes_before=source.onnx_path.stat().st_size,
            bytes_after=candidate.onnx_path.stat().st_size,
            float_layers=trial.float_layers,
            disagreements=trial.disagreements,
        )


def _open_calibration(source: ModelFile, plan: CompressionPlan, folder: Path, say: Say) -> _Calibration:
    model = prepare(load_onnx(source.onnx_path))
    if any(node.op_type == "QuantizeLinear" for node in model.graph.node):
        raise ExportError(f"{source.name} has 8-bit layers already", "give the float file that it was made from")
    if not find_layers(model):
        raise ExportError(f"{source.name} has no layers to quantise", "give a network of several convolutions in float")
    images = draw_images(plan.train_dirs, plan.pictures, source.spec)
    say(f"calibrating on {len(images)} pictures")
    expected = find_probabilities(source.onnx_path, source.spec, images, plan.threads)
    inputs = [to_network_input(image, source.spec, fit_input(image, source.spec)) for image in images]
    rounded = round_layers(model, find_layers(model), inputs, plan.threads)
    spec = renamed_spec(source.spec, plan, "int8")
    return _Calibration(source, model, spec, images, inputs, rounded, expected, folder, plan.threads)


def _try(
    calibration: _Calibration, ranges: Mapping[str, Mapping[str, Range]], float_layers: tuple[str, ...], say: Say
) -> _Trial:
    """Quantise all but these layers by every range rule and keep the file that agrees best with the float network."""
    layers = [name for name in find_layers(calibration.model) if name not in float_layers]
    candidates, disagreements = {}, {}
    for rule, of_rule in ranges.items():
        candidates[rule] = calibration.make(layers, of_rule, f"{rule}, {len(float_layers)} layers in float")
        disagreements[rule] = calibration.measure_disagreement(candidates[rule])
        say(f"{rule}: disagrees with float by {disagreements[rule]:.4f}")
    best = min(disagreements, key=disagreements.__getitem__)
    return _Trial(candidates[best], float_layers, best, disagreements)


def _find_ranges(calibration: _Calibration) -> dict[str, dict[str, Range]]:
    """Calibrate: the ranges of all activations by range rule."""
    # Histograms of all activations but those that a Clip or Relu reads.
    fused = find_fused(calibration.model)
    names = [name for name in find_activations(calibration.model) if name not in fused]
    histograms = collect_histograms(calibration.model, names, calibration.inputs, calibration.threads)
    # Ranges by every rule; a tensor that a Clip or Relu reads gets the range of that node's output.
    found = {rule: {name: rule_of(one) for name, one in histograms.items()} for rule, rule_of in RANGE_RULES.items()}
    for ranges in found.values():
        ranges |= {name: ranges[made] for name, made in fused.items() if made in ranges}
    return found


def _search(calibration: _Calibration, plan: CompressionPlan, say: Say) -> tuple[_Trial, tuple[Change, ...]]:
    """The first accepted file, trying more and more blocks in float, and its changes on the validation sets."""
    # Full quantisation first.
    (before,) = measure_models([calibration.source], plan.val_dirs, plan.threads)
    ranges = _find_ranges(calibration)
    whole = _try(calibration, ranges, (), say)
    changes: tuple[Change, ...] = ()
    mixed = _mixed_precision_trials(calibration, ranges, whole.rule, plan.float_blocks, say)
    # The first candidate within all limits is taken.
    for trial in mixed if plan.float_blocks else chain([whole], mixed):
        (after,) = measure_models([trial.candidate], plan.val_dirs, plan.threads)
        labels = compare_labels(calibration.source, trial.candidate, plan.val_dirs, plan.threads)
        changes = (*compare(before, after), *labels)
        if all(change.is_accepted for change in changes):
            return trial, changes
        say(f"{len(trial.float_layers)} layers in float: loses too much\n{format_changes(changes)}")
    raise ExportError(
        f"{calibration.source.name} loses too much in 8 bits, even with {len(trial.float_layers)} layers in float:\n"
        f"{format_changes(changes)}",
        "keep the float file, or halve its weights: python -m export quantize --half",
    )


def _mixed_precision_trials(
    calibration: _Calibration, ranges: Mapping[str, Mapping[str, Range]], rule: str, fewest_blocks: int, say: Say
) -> Iterator[_Trial]:
    """Files with more and more blocks in float, the most sensitive first; ranked lazily, on the ranges of a rule."""
    blocks = find_blocks(calibration.model)
    if blocks:
        say(f"ranking {len(blocks)} blocks")
    ranked = sorted(blocks, key=lambda block: _measure_sensitivity(calibration, block, ranges[rule]), reverse=True)
    for count in sorted({*FLOAT_BLOCK_COUNTS, fewest_blocks} - {0}):
        if fewest_blocks <= count <= len(blocks):
            yield _try(calibration, ranges, tuple(chain.from_iterable(ranked[:count])), say)


def _measure_sensitivity(calibration: _Calibration, block: Sequence[str], ranges: Mapping[str, Range]) -> float:
    """1 − soft IoU with the float network when this block alone is quantised."""
    return calibration.measure_disagreement(calibration.make(block, ranges, "one-block"), _RANKING_IMAGES)
