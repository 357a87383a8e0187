"""Model cards: contract, measured figures and sources of a model, as a Markdown file beside its ONNX file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from export.atomic import replacing
from export.data.sources import SET_SOURCES, format_sources
from export.errors import ExportError
from export.evaluation.card_groups import kept_section
from export.evaluation.evaluate import ModelFigures
from export.evaluation.report import CLIP_CAPTION, clip_cells, clip_titles, column_titles, describe_path, figure_cells
from export.onnx.complexity import count_macs, count_parameters
from export.onnx.loading import load_onnx, read_spec
from export.onnx.model_file import file_sha256
from portrait.core.model_spec import ModelSpec

_START = """\
Start: Google's DeepLabV3 on MobileNetV2 (COCO, then PASCAL VOC 2012), published by Coral as
`deeplabv3_mnv2_pascal_quant.tflite`, Apache-2.0; dequantised.

Data, none of it part of the project:
"""

_LIMITS = """\
**Known limits**, by kind and [with pictures](../../docs/limits.md): people a few pixels high are lost; hands and arms \
cut off by other things, things held in the hands (the helmet in [this photo](../samples/before-after.jpg) had to be \
added with the brush), dark clothes before dark walls, the dark and people against the light (see the figures by \
group); statues, posters and pets are taken for people now and then. The networks find people; they tell neither who \
somebody is nor any trait of them.
"""

BUNDLED_SOURCES = f"""\
{_START}
{format_sources(SET_SOURCES)}

Trained by `python -m export train --recipe NAME --data SETS --weights deeplabv3_mobilenet_v2_voc.safetensors \
--out runs/NAME`, where NAME is `live` or `photo` and `export/training/recipes.py` lists the stages. The stages \
before `widen` saw selfie, fullbody, groups, everyday, noperson and backgrounds only; the pasting of people was \
mended after them, so the recipe repeats their schedule, not their bits. `widen` saw all sets; its weights were \
averaged with those that it started from, so that what it had forgotten of portraits came back. `live` was then \
quantised (static int8, calibrated on 160 training photos: `python -m export quantize --float-blocks 1`), and its \
last block, then in float, later with regard to what it reads (decision 102), `photo` stored with 16-bit weights \
(`--half`).

**What follows for use**: one set is given for academic exchange only, one for non-commercial purposes, and five \
state no licence. The licence of these weights is therefore called `LicenseRef-non-commercial`; the program \
itself is Apache-2.0. Who needs weights for a business trains them on the open sets alone (`--recipe open`), or on \
data of their own.

**Openness**: in no class of the Model Openness Framework (arXiv 2403.13784), and no open source AI by the OSI's \
definition 1.0: both ask for weights under an open licence. Code of training and evaluation, the list of the data, \
this card and the figures are open.

{_LIMITS}"""
"""Sources of the networks trained on all sets, in Markdown; a model trained on other data needs a text of its own."""

OPEN_SOURCES = f"""\
{_START}
{format_sources([source for source in SET_SOURCES if source.is_open])}

Trained by `python -m export train --recipe open --data SETS --weights deeplabv3_mobilenet_v2_voc.safetensors \
--out runs/open`, on these sets alone; `export/training/recipes.py` lists the stages. Stored with 16-bit weights \
(`--half`).

**What follows for use**: each set states a licence that allows commercial use, and so does the start. The \
licence of these weights is Apache-2.0; name the sources above where you pass them on. The photos of COCO belong \
to those who took them.

**Openness**: class II (Open Tooling) of the Model Openness Framework (arXiv 2403.13784): weights, architecture, card, \
code of training, inference and evaluation are under open licences; the data is named and public, but not ours to \
pass on, as class I asks. By our reading it meets the OSI's definition 1.0 of open source AI.

{_LIMITS}"""
"""Sources of the network trained on sets of open licences alone, in Markdown."""

CLASSES_SOURCES = """\
Google's DeepLabV3 on MobileNetV2 1.0, output stride 16, of 21 classes, trained by Google on COCO (Lin et al. 2014, \
arXiv 1405.0312) and then on PASCAL VOC 2012 (Everingham et al. 2010, doi:10.1007/s11263-009-0275-4); published by \
Coral as `deeplabv3_mnv2_pascal_quant.tflite` under Apache-2.0. The photos of both sets belong to those who took \
them; none is part of the project.

Not trained further here. Google trained it with weights in 8 bits; dequantised into torch's layout they are the \
only file needed from outside, and are converted by

    python -m export convert --arch mobilenet_v2 --checkpoint deeplabv3_mobilenet_v2_voc.safetensors \
--uint8-weights --name portrait-classes -o portrait-classes.onnx

which stores the weights in 8 bits again (decision 109), computes in float, and refuses a file whose outputs differ \
from torch's. The edges of what it finds are refined by the app as those of people are.

**What follows for use**: Apache-2.0 allows any use, a commercial one too; it asks to keep the notice: DeepLabV3 on \
MobileNetV2, Google, published by Coral, Apache-2.0. Of the bundled networks it is the one to choose where the others, \
which learned from photos for non-commercial use, may not be used: `--model portrait-classes`.

**Openness**: class III (Open Model) of the Model Openness Framework (arXiv 2403.13784) by our reading: architecture, \
weights, card and figures are under open licences, and the papers above describe training and data. Not class II, and \
no open source AI by the OSI's definition 1.0: both ask for the code that trained this very file; what Google \
published of DeepLab is under Apache-2.0, but nobody outside can say that it is that code.

**Known limits**, by kind and [with pictures](../../docs/limits.md), which are those of the networks for people: its \
outlines are coarser than theirs (boundary IoU above), small and partly hidden things are lost, and animals of kinds \
that it has not learned get the name of the nearest one. It finds 20 classes of things; it tells neither who somebody \
is nor any trait of them.
"""
"""Sources of the network of many classes, which is converted and not trained here, in Markdown."""

SOURCES: Mapping[str, str] = MappingProxyType(
    {"live": BUNDLED_SOURCES, "photo": BUNDLED_SOURCES, "open": OPEN_SOURCES, "classes": CLASSES_SOURCES}
)
"""By the name of the recipe; ``classes`` is no training but a conversion."""


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """Size of a network; ``macs`` are those of its convolutions for one image of its own input size."""

    bytes: int
    parameters: int
    macs: int


def write_card(model_path: Path, figures: Sequence[ModelFigures], sources: str = BUNDLED_SOURCES) -> Path:
    """Write ``NAME.md`` beside ``NAME.onnx``; figures by group that stand on an earlier card of this file are kept.

    Parameters
    ----------
    model_path
        The ONNX file, ModelSpec inside.
    figures
        Figures of an evaluation of this very file; figures of other models are shown beside it.
    sources
        Markdown: training data and initial weights with their licences.

    Returns
    -------
    Path of the card.

    Raises
    ------
    ExportError
        The file cannot be read, has no ModelSpec, or is not among the files of the figures.
    """
    model = load_onnx(model_path)
    spec = read_spec(model)
    if spec is None:
        raise ExportError(f"{model_path} has no ModelSpec inside", "make it with: python -m export convert")
    sha256 = file_sha256(model_path)
    if sha256 not in {one.sha256 for one in figures}:
        raise ExportError(f"the figures are not those of {model_path}", "evaluate this file and give its --json")
    size = NetworkSize(model_path.stat().st_size, count_parameters(model), count_macs(model, spec))
    card_path = model_path.with_suffix(".md")
    groups = kept_section(card_path.read_text(encoding="utf-8"), sha256) if card_path.exists() else ""
    text = _format_card(spec, size, sha256, figures, groups, sources)
    with replacing(card_path) as partial:
        partial.write_text(text, encoding="utf-8")
    return card_path


def _format_card(
    spec: ModelSpec, size: NetworkSize, sha256: str, figures: Sequence[ModelFigures], groups: str, sources: str
) -> str:
    sections = (
        f"# {spec.name}",
        _format_contract(spec, size, sha256),
        "## Measured",
        _format_figures(figures, sha256),
        *filter(None, (groups,)),
        "## Weights and data",
        sources.strip(),
    )
    return "\n\n".join(sections) + "\n"


def _format_contract(spec: ModelSpec, size: NetworkSize, sha256: str) -> str:
    sizes = f"any size, best a multiple of {spec.size_multiple} px" if spec.is_dynamic else "this size only"
    rows = (
        ("Task", f"{spec.output_kind}, {len(spec.class_names)} channel(s)"),
        ("Input", f"{spec.input_height} × {spec.input_width} px RGB, {spec.input_fit}; {sizes}"),
        ("Normalisation", f"(rgb / 255 − {_triple(spec.normalize_mean)}) / {_triple(spec.normalize_std)}"),
        ("Training", spec.training_id or "not stated"),
        ("Licence of the weights", spec.licence or "not stated"),
        ("File", f"{size.bytes / 1e6:.2f} MB, SHA-256 `{sha256}`"),
        ("Parameters", f"{size.parameters / 1e6:.2f} million"),
        ("Multiply-accumulates", f"{size.macs / 1e9:.2f} billion a picture"),
    )
    return "\n".join(["| | |", "|---|---|", *(f"| {title} | {text} |" for title, text in rows)])


def _format_figures(figures: Sequence[ModelFigures], sha256: str) -> str:
    titles = ["set", "pictures", "model", *column_titles()]
    lines = [_row(titles), "|" + "---|" * len(titles)]
    for of_models in zip(*(model.sets for model in figures), strict=True):
        for model, of_set in zip(figures, of_models, strict=True):
            lines.append(_row([of_set.name, str(of_set.pictures), _format_name(model, sha256), *figure_cells(of_set)]))
    note = (
        f"Judged: {describe_path(figures[0])}. "
        "IoU, boundary IoU (arXiv 2103.16562, d = 2 % of the diagonal) and the error of alpha are means over the "
        "pictures; columns with (set) come from one confusion matrix over the set. False person is the share of a "
        "picture without people that is taken for a person, ECE the expected calibration error (arXiv 1706.04599), "
        "noise flicker the mean change of alpha when only the sensor's noise changes. Time is the median of the "
        "network alone:"
    )
    return "\n".join([*lines, *_format_clips(figures, sha256), "", note, "", *map(_format_speed, figures)])


def _format_name(model: ModelFigures, sha256: str) -> str:
    return f"**{model.name}**" if model.sha256 == sha256 else model.name


def _format_clips(figures: Sequence[ModelFigures], sha256: str) -> list[str]:
    if not figures[0].clips:
        return []
    titles = ["clip", "frames", "model", *clip_titles()]
    lines = ["", _row(titles), "|" + "---|" * len(titles)]
    for of_models in zip(*(model.clips for model in figures), strict=True):
        for model, clip in zip(figures, of_models, strict=True):
            lines.append(_row([clip.name, str(clip.frames), _format_name(model, sha256), *clip_cells(clip)]))
    return [*lines, "", CLIP_CAPTION[0].upper() + CLIP_CAPTION[1:] + "."]


def _format_speed(model: ModelFigures) -> str:
    size = f"{model.input_height} × {model.input_width}"
    times = f"{model.median_ms:.2f} ms a picture at {size} on {model.threads} thread(s)"
    alone = "" if model.one_thread_ms is None or model.threads == 1 else f", {model.one_thread_ms:.2f} ms on one"
    return f"- {model.name}: {times}{alone}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _triple(values: tuple[float, float, float]) -> str:
    """Three channel values as text; one number where they are equal."""
    shown = [f"{value:.4g}" for value in values]
    return shown[0] if len(set(shown)) == 1 else f"({', '.join(shown)})"
