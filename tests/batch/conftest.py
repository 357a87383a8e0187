"""Folders of small photos for batches."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from portrait.batch.events import BatchEvent, BatchSummary
from portrait.batch.plan import plan_batch
from portrait.batch.run import BatchOptions, run_batch
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.engine import PortraitEngine
from tests.batch.remote_places import root as root
from tests.batch.remote_places import s3_server as s3_server

ONE_WORKER = BatchOptions(workers=1)

Scene = Callable[[int, int], tuple[RgbImage, AlphaMatte]]


@pytest.fixture
def photo_tree(tmp_path: Path, write_photo: Callable[..., Path]) -> Path:
    """Six photos in three folders, one of them hidden, beside other things."""
    root = tmp_path / "in"
    for name in ("b.jpg", "a.png", "trip/c.JPG", "trip/day 2/d.webp", "trip/day 2/ä.tif", "z.gif"):
        write_photo(root / name)
    write_photo(root / ".thumbnails" / "b.png")
    write_photo(root / "._a.png")
    (root / "notes.txt").write_text("not a photo")
    return root


@pytest.fixture
def run() -> Callable[..., list[BatchEvent]]:
    """Plan a folder and make its portraits."""

    def run(source: Path, target: Path, engine: PortraitEngine, options: BatchOptions = ONE_WORKER) -> list[BatchEvent]:
        return list(run_batch(plan_batch(source, target), engine, options))

    return run


@pytest.fixture
def summary_of() -> Callable[[Iterable[BatchEvent]], BatchSummary]:
    """The last of a batch's events."""

    def summary_of(events: Iterable[BatchEvent]) -> BatchSummary:
        *_, last = events
        assert isinstance(last, BatchSummary)
        return last

    return summary_of


@pytest.fixture
def files_in() -> Callable[[Path], set[str]]:
    """Names of all files below a folder."""
    return lambda folder: {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
