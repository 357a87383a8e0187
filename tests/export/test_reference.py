"""The generated page on training and export is current."""

import importlib
from pathlib import Path

import pytest

from export.cli.application import app

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS / "generator"))
    reference = importlib.import_module("reference")
    assert reference.stale_pages(DOCS, reference.export_pages(app)) == [], "run: make reference"
