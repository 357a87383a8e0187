"""The generated pages of the reference are current, and hold what users look for."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

import portrait
from portrait.cli.commands import COMMANDS
from portrait.settings import FIELDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The generator, which is a script beside the pages and no part of the package."""
    monkeypatch.syspath_prepend(str(DOCS / "generator"))
    return importlib.import_module("reference")


@pytest.fixture
def pages(generator: ModuleType) -> dict[str, str]:
    texts: dict[str, str] = generator.app_pages()
    return texts


def test_the_pages_are_current(generator: ModuleType, pages: dict[str, str]) -> None:
    assert generator.stale_pages(DOCS, pages) == [], "run: make reference"


def test_a_page_that_was_changed_or_is_missing_is_told(generator: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "as-made.md").write_text("made\n", encoding="utf-8")
    (tmp_path / "changed.md").write_text("made, and changed\n", encoding="utf-8")
    pages = {"as-made.md": "made\n", "changed.md": "made\n", "missing.md": "made\n"}
    assert generator.stale_pages(tmp_path, pages) == ["changed.md", "missing.md"]


def test_every_setting_and_every_option_of_one_is_there(pages: dict[str, str]) -> None:
    for row in FIELDS:
        assert f"| `{row.key}` | {row.label} | " in pages["reference/settings.md"]
        if row.option:
            assert f"| `{row.option}` |" in pages["reference/commands.md"]
            assert f"\\fB{row.option}\\fR".replace("-", "\\-") in pages["reference/portrait.1"]


def test_every_command_and_public_name_is_there(pages: dict[str, str]) -> None:
    assert set(re.findall(r"^## portrait (\w+)$", pages["reference/commands.md"], re.MULTILINE)) == COMMANDS.keys()
    assert set(re.findall(r"^::: portrait\.(\w+)$", pages["reference/python.md"], re.MULTILINE)) == {*portrait.__all__}


def test_names_are_those_that_the_command_line_takes(pages: dict[str, str]) -> None:
    page = pages["reference/commands.md"]
    assert "| `--output`, `-o` (needed) | `OUT` |" in page
    assert "| `--json` |" in page  # a switch with a name of its own has no opposite
    assert "| `--output-format` | `y4m`, `rgb24`, `yuy2` |" in page
    assert "\n    portrait live [DEVICE] [OPTIONS]\n" in page
    assert "\n    portrait photo IN... --output OUT [OPTIONS]\n" in page


def test_every_row_of_a_table_has_the_cells_of_its_head(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, name


def test_links_between_documents_lead_to_files() -> None:
    for page in DOCS.rglob("*.md"):
        if page.is_relative_to(DOCS / "adr"):
            continue
        for target in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(DOCS)} → {target}"


def test_pictures_of_the_documents_stay_small() -> None:
    pictures = [path for path in DOCS.rglob("*") if path.suffix in {".png", ".jpg", ".webp", ".svg"}]
    assert sum(path.stat().st_size for path in pictures) < 1_500_000
