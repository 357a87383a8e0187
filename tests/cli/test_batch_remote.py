"""A folder behind a URL on the command line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest


@pytest.fixture
def photos(save_scene: Callable[[Path], Path], tmp_path: Path) -> Iterator[str]:
    """The URL of a folder with a photo and a broken one."""
    files = fsspec.filesystem("memory")
    files.pipe_file("/shelf/in/a.jpg", save_scene(tmp_path / "a.jpg").read_bytes())
    files.pipe_file("/shelf/in/broken.jpg", b"no photo")
    yield "memory://shelf/in"
    files.rm("/shelf", recursive=True)


def test_portraits_from_url_to_url_with_a_report(run, photos: str, tmp_path: Path) -> None:
    planned = run("batch", photos, "memory://shelf/out", "--dry-run", "--json")
    assert planned.status == 0
    assert planned.rows[0]["photos"] == 2
    assert "free there" not in planned.err
    outcome = run("batch", photos, "memory://shelf/out", "--report", tmp_path / "report.html", "--json")
    assert outcome.status == 1
    assert {row["status"]: row["input"] for row in outcome.rows} == {
        "done": f"{photos}/a.jpg",
        "failed": f"{photos}/broken.jpg",
    }
    assert f"{photos}/broken.jpg" in outcome.err
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg") == 2
    assert f'href="{photos}/a.jpg"' in page
    again = run("batch", photos, "memory://shelf/out", "--dry-run", "--json")
    assert again.rows[0]["files_there"] == 1


def test_urls_that_cannot_be_used_are_told(run, photos: str, tmp_path: Path) -> None:
    for source, target, words in (
        ("what://shelf/in", tmp_path / "out", "no known storage"),
        ("memory://shelf/none", tmp_path / "out", "is not a folder"),
        (photos, photos, "is the input folder"),
        (photos, "memory://shelf", "lies in the output folder"),
        (photos, "https://host/out", "Nothing can be written to https://host/out"),
    ):
        outcome = run("batch", source, target)
        assert outcome.status == 1
        assert words in outcome.err
        assert "hint:" in outcome.err
    assert run("batch", photos, tmp_path / "out", "--save-matte", "s3://bucket/mattes").status == 2
