"""The Python of the documents runs as it stands, on the sample photo."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.engine import PortraitEngine

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *("README.md", "docs/tutorial.md", "docs/ko/tutorial.md", "docs/gallery.md"),
    *("docs/how-to/write-a-plug-in.md", "docs/ko/write-a-plug-in.md"),
]
BLOCKS = [
    pytest.param(block, id=f"{page}-{number}", marks=[pytest.mark.slow] if "make_scene" in block else [])
    for page in PAGES
    for number, block in enumerate(re.findall(r"(?s)```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("block", BLOCKS)
def test_it_runs(block: str, engine: PortraitEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("in", "out", "assets/samples"):
        (tmp_path / folder).mkdir(parents=True)
    small = Image.open(ROOT / "assets/samples/astronaut.jpg").resize((96, 96))
    small.save(tmp_path / "in" / "a.jpg")
    shutil.copy(tmp_path / "in" / "a.jpg", tmp_path / "assets/samples/astronaut.jpg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("portrait.engine.open_engine", lambda: engine)
    before = _pictures(tmp_path)
    exec(compile(block, "page", "exec"), {"image": np.asarray(small), "frame": np.asarray(small)})
    assert (len(_pictures(tmp_path)) > len(before)) == (".save(" in block)


def _pictures(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".jpg", ".png")]


def test_every_page_with_python_is_tried() -> None:
    pages = [ROOT / "README.md", *(path for path in (ROOT / "docs").rglob("*.md") if "adr" not in path.parts)]
    with_code = {path.relative_to(ROOT).as_posix() for path in pages if "```python" in path.read_text(encoding="utf-8")}
    assert with_code == {*PAGES}
