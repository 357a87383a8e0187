"""The study's pages: Markdown from the figures, in English and Korean."""

import math
from collections.abc import Sequence
from pathlib import Path

from export.atomic import replacing
from export.study.figures import NetworkFigures, StudyFigures
from export.study.object_size import SIZES
from export.study.texts import ENGLISH, KOREAN, Texts

PAGES = {"README.md": ENGLISH, "README.ko.md": KOREAN}

_COMMAND = "python -m export study --data DATA… --weights WEIGHTS -o docs/study"


def write_pages(folder: Path, figures: StudyFigures) -> None:
    """Write the page in each language; the pictures that it shows lie beside it."""
    for name, texts in PAGES.items():
        with replacing(folder / name) as partial:
            partial.write_text(format_page(figures, texts, has_masks=(folder / "masks.webp").exists()), "utf-8")


def format_page(figures: StudyFigures, texts: Texts, *, has_masks: bool) -> str:
    """The page as Markdown."""
    budget = [f"- {text}: {figures.budget[key]}" for key, text in texts.budget.items() if figures.budget.get(key)]
    sections = [
        f"# {texts.title}\n\n{texts.other_page}\n\n{texts.intro}\n\n" + "\n".join(budget),
        f"## {texts.networks_title}\n\n{texts.networks}\n\n{_networks(figures, texts)}",
        f"## {texts.sizes_title}\n\n![](sizes.png)\n\n{_sizes(figures, texts)}",
        f"## {texts.claims_title}\n\n{texts.claims_about}\n\n{_claims(figures, texts)}{_readings(figures, texts)}",
        f"## {texts.fields_title}\n\n{texts.fields}\n\n![](fields.webp)\n\n{_fields(figures)}",
    ]
    if has_masks:
        sections.append(f"## {texts.masks_title}\n\n{texts.masks}\n\n![](masks.webp)")
    return "\n\n".join([*sections, f"{texts.again}: `{_COMMAND}`"]) + "\n"


def _networks(figures: StudyFigures, texts: Texts) -> str:
    images = figures.images_of("all")
    rows = [
        (
            network.title,
            f"{network.parameters / 1e6:.2f}",
            f"{network.macs / 1e9:.2f}",
            f"{network.median_ms:.1f}",
            _number(network.mean("person_iou", images)),
            _number(network.mean("boundary_iou", images)),
        )
        for network in figures.networks
    ]
    return _table(texts.columns, rows)


def _sizes(figures: StudyFigures, texts: Texts) -> str:
    titles = [f"{text} ({len(figures.images_of(size))})" for size, text in texts.sizes.items()]
    selected = [figures.images_of(size) for size in SIZES]
    rows = [(network.title, *(_pair(network, images) for images in selected)) for network in figures.networks]
    return _table((f"{texts.columns[4]} / {texts.columns[5]}", *titles), rows)


def _pair(network: NetworkFigures, images: Sequence[int]) -> str:
    return f"{_number(network.mean('person_iou', images))} / {_number(network.mean('boundary_iou', images))}"


def _claims(figures: StudyFigures, texts: Texts) -> str:
    judged = [(claim, figures.judge(claim)) for claim in figures.claims]
    rows = [
        (
            texts.claims[claim.key],
            _number(found.mean, sign="+"),
            _number(found.standard_error),
            str(found.images),
            texts.verdicts[found.verdict],
        )
        for claim, found in judged
    ]
    return _table(texts.claim_columns, rows)


def _readings(figures: StudyFigures, texts: Texts) -> str:
    """How the claims on networks that were studied are to be read."""
    return "".join(f"\n\n{texts.readings[claim.key]}" for claim in figures.claims if claim.key in texts.readings)


def _fields(figures: StudyFigures) -> str:
    rows = [(network.title, f"{network.field_50:.2f}", f"{network.field_90:.2f}") for network in figures.networks]
    return _table(("", "50 %", "90 %"), rows)


def _number(value: float, sign: str = "") -> str:
    return f"{value:{sign}.3f}" if math.isfinite(value) else "–"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, ["---"] * len(titles), *rows))
