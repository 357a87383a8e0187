"""Where each data set comes from and what its licence allows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetSource:
    """Origin of a data set.

    Attributes
    ----------
    name
        Of its folder.
    pictures
        Training pictures.
    shows
        What its pictures show.
    source
        Who made it, where it is published, and its licence in the words used there.
    is_open
        Whether a licence is stated and allows any use, a commercial one too.
    """

    name: str
    pictures: int
    shows: str
    source: str
    is_open: bool = False


SET_SOURCES: tuple[SetSource, ...] = (
    SetSource(
        "selfie",
        1225,
        "close portraits",
        'EG1800 (Shen et al. 2016, doi:10.1111/cgf.12814) from bio-punk/AutoPortraitMatting, "academic exchange only"',
    ),
    SetSource(
        "fullbody",
        722,
        "street fashion",
        "Clothing Co-Parsing, bearpaw/clothing-co-parsing, Apache-2.0 in the repository",
        is_open=True,
    ),
    SetSource("groups", 96, "couples, groups", "VikramShenoy97/Human-Segmentation-Dataset, none stated"),
    SetSource(
        "everyday",
        161,
        "scenes with people",
        "COCO subsets (Obmutescence/COCO-MINI, zzowenzz/COCO_Tiny, lightly-ai/coco128_yolo); annotations CC-BY 4.0",
        is_open=True,
    ),
    SetSource("noperson", 145, "scenes without people", "as everyday", is_open=True),
    SetSource(
        "people",
        5176,
        "any scene, one to many people",
        'Supervisely Persons from aalavandhaann/HumanSegmentation, "freely available for non-commercial purposes"; '
        "photos under Pexels' terms",
    ),
    SetSource("selfies", 1220, "half and whole bodies", "WankoLS/Human-Segmentation, none stated"),
    SetSource(
        "lecture",
        265,
        "teachers at a blackboard",
        "MatrixLeung/Borrat-Teacher-Occlusion-Dataset, CC BY 4.0",
        is_open=True,
    ),
    SetSource("street", 115, "pedestrians", "Penn-Fudan from gmguarino/PennFudan, none stated"),
    SetSource("salient", 113, "people among things", "ECSSD from total-black/U2Net-ECSSD-Evaluation, none stated"),
    SetSource("lookalikes", 241, "statues, animals, things", "as salient"),
    SetSource("backgrounds", 1070, "rooms and house fronts", "emanhamed/Houses-dataset, none stated"),
)
"""The sets that the bundled networks were trained on."""


def find_closed(names: Collection[str]) -> list[str]:
    """Which of these sets are known not to be open; sets that are not listed here are the user's own."""
    return [source.name for source in SET_SOURCES if source.name in names and not source.is_open]


def format_sources(sources: Sequence[SetSource]) -> str:
    """A Markdown table of sets, their pictures, sources and licences."""
    head = ("| set | pictures | what | source and licence |", "|---|---|---|---|")
    rows = (f"| {one.name} | {one.pictures:,} | {one.shows} | {one.source} |" for one in sources)
    return "\n".join((*head, *rows))
