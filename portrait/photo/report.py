"""FileReport: what was done with one file, and how long each stage took."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Literal

from portrait.core.lens.thin_lens import Lens
from portrait.photo.defocus import DepthSource
from portrait.photo.found_matte import MatteSource
from portrait.photo.people import FoundPerson


class StageTimes(dict[str, float]):
    """Wall time of each stage in ms, by name."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Context that measures a stage; a stage that fails is not recorded."""
        started_s = time.perf_counter()
        yield
        self[name] = 1000.0 * (time.perf_counter() - started_s)

    @contextmanager
    def adding(self, name: str) -> Iterator[None]:
        """Context that adds to the time of a stage that runs many times."""
        started_s = time.perf_counter()
        yield
        self[name] = self.get(name, 0.0) + 1000.0 * (time.perf_counter() - started_s)


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was done with one file.

    ``timings_ms`` has the stages decode, matte, render and save. ``lens`` is the lens of the blur; None without blur
    or with a given blur radius. ``depth`` is the source of the defocus, ``matte`` that of
    the matte. ``people`` is everybody found, the largest first; empty where the matte was given. ``classes`` is the
    share of the photo by class, where labels were saved.
    """

    input: PurePath
    output: PurePath
    status: Literal["done", "no-person"]
    width: int
    height: int
    person_fraction: float
    timings_ms: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    lens: Lens | None = None
    depth: DepthSource = "none"
    matte: MatteSource = "network"
    people: tuple[FoundPerson, ...] = ()
    classes: Mapping[str, float] = field(default_factory=dict)

    def to_json_dict(self) -> dict[str, Any]:
        """The report in types that JSON knows."""
        focal_length_mm = None if self.lens is None else self.lens.focal_length_mm
        distance_m = None if self.lens is None else self.lens.focus_distance_m
        return {
            "input": str(self.input),
            "output": str(self.output),
            "status": self.status,
            "width": self.width,
            "height": self.height,
            "person_fraction": round(self.person_fraction, 4),
            "focal_length_mm": None if focal_length_mm is None else round(focal_length_mm, 1),
            "subject_distance_m": None if distance_m is None else round(distance_m, 2),
            "depth": self.depth,
            "matte": self.matte,
            "people": [_person_json(number, person) for number, person in enumerate(self.people, start=1)],
            "classes": {name: round(share, 4) for name, share in self.classes.items()},
            "timings_ms": {stage: round(time_ms, 1) for stage, time_ms in self.timings_ms.items()},
            "warnings": list(self.warnings),
        }


def _person_json(number: int, person: FoundPerson) -> dict[str, Any]:
    box = person.box
    return {
        "number": number,
        "box": {"left": box.left, "top": box.top, "width": box.width, "height": box.height},
        "area": round(person.area, 4),
        "kept": person.is_kept,
    }
