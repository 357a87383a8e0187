"""The figures of the study, as they are kept in ``figures.json`` and told on its page."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from export.atomic import replacing
from export.study.object_size import SIZES, PairedDifference, compare_pairs, select_size
from export.study.plan import CLAIMS, Claim, FigureName


@dataclass(frozen=True, slots=True)
class NetworkFigures:
    """Figures of one network.

    Attributes
    ----------
    title
        Of the network.
    parameters, macs, median_ms
        Complexity, and the time of the network alone on one image.
    person_iou, boundary_iou
        Of each validation image, in the order of `StudyFigures.person_shares`.
    field_50, field_90
        Side of the square, as a share of the image's, that holds this much of the effective receptive field.
    """

    title: str
    parameters: int
    macs: int
    median_ms: float
    person_iou: tuple[float, ...]
    boundary_iou: tuple[float, ...]
    field_50: float = math.nan
    field_90: float = math.nan

    def mean(self, figure: FigureName, indices: Sequence[int]) -> float:
        """Mean of a figure over some of the images; NaN without any."""
        values = [value for index in indices if math.isfinite(value := self.values(figure)[index])]
        return math.fsum(values) / len(values) if values else math.nan

    def values(self, figure: FigureName) -> tuple[float, ...]:
        """A figure of each image."""
        return self.person_iou if figure == "person_iou" else self.boundary_iou


@dataclass(frozen=True, slots=True)
class StudyFigures:
    """Figures of all networks on the same images.

    Attributes
    ----------
    budget
        How they were trained, in words by name.
    person_shares
        Share of each image that people cover.
    networks
        In the order of their papers.
    """

    budget: Mapping[str, str]
    person_shares: tuple[float, ...]
    networks: tuple[NetworkFigures, ...] = field(default_factory=tuple)

    def images_of(self, size: str) -> list[int]:
        """Indices of the images whose people have a size."""
        return select_size(self.person_shares, size)

    def find(self, title: str) -> NetworkFigures:
        """The network of a title."""
        return next(network for network in self.networks if network.title == title)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims on networks that were studied."""
        titles = {network.title for network in self.networks}
        return tuple(claim for claim in CLAIMS if {claim.better, claim.worse} <= titles)

    def judge(self, claim: Claim) -> PairedDifference:
        """The difference that a claim speaks of."""
        better, worse = (self.find(title).values(claim.figure) for title in (claim.better, claim.worse))
        images = self.images_of(claim.size)
        return compare_pairs([better[index] for index in images], [worse[index] for index in images])

    def write(self, path: Path) -> None:
        """Write the figures, with the verdicts on all claims, as JSON."""
        verdicts = {
            claim.key: {**asdict(judged := self.judge(claim)), "verdict": judged.verdict} for claim in self.claims
        }
        counts = {size: len(self.images_of(size)) for size in SIZES}
        fields: dict[str, Any] = {**asdict(self), "images": counts, "verdicts": verdicts}
        with replacing(path) as partial:
            partial.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")
