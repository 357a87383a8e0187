"""No shown text bypasses the catalogues, none is missing in them, and all fields of the English text are kept."""

import re
import string
from pathlib import Path

import pytest
import texts

from portrait.language.catalog import Catalog

CATALOGS = sorted(texts.CATALOGS.glob("*.po"))


def _fields(text: str) -> tuple[set[str], list[str]]:
    """Names of the fields in a format string, none in one that is no format string; and the fields of a log line."""
    in_order = re.findall(r"%(?:\.\d+)?[sdrf]", text)
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}, in_order
    except ValueError:
        return set(), in_order


@pytest.fixture(scope="module")
def found() -> dict[str, texts.Text]:
    """All texts of the source, by themselves."""
    return {text.one: text for text in texts.find_texts()}


def test_no_text_bypasses_the_catalogues() -> None:
    unwrapped = [f"{text.place}: {text.one!r}" for text in texts.find_unwrapped()]
    assert not unwrapped, "give these to tr(), or mark the line as `# not shown`:\n" + "\n".join(unwrapped)


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_every_text_is_translated(path: Path, found: dict[str, texts.Text]) -> None:
    known = Catalog.parse(path.read_text(encoding="utf-8")).messages
    missing = [f"{text.place}: {text.one!r}" for text in found.values() if text.one not in known]
    assert not missing, f"run `python .ci/texts.py` and translate in {path.name}:\n" + "\n".join(missing)


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_every_translation_has_a_text_with_the_same_fields(path: Path, found: dict[str, texts.Text]) -> None:
    for one, forms in Catalog.parse(path.read_text(encoding="utf-8")).messages.items():
        assert one in found, f"{one!r} is shown no more: run `python .ci/texts.py`"
        for form in forms:
            assert _fields(form) == _fields(found[one].many or one), form


def test_the_finder_sees_what_is_shown_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "portrait" / "gui"
    folder.mkdir(parents=True)
    (folder / "page.py").write_text(
        '"""A page of the window."""\n'
        'Kind = Literal["camera lost"]\n'
        'title = QLabel(tr("Good title"))\n'
        'bare = QLabel("Bare title")\n'
        'of_qt = self.tr("Title of Qt")\n'
        'named = QLabel(f"Saved as {name}")\n'
        'key = "window/geometry"\n'
        'name = "Camera"  # not shown\n'
        '_log.warning("The log %s", key)\n'
        "def ask(text: 'Text of user'):\n"
        '    raise ValueError("Bad value here")\n'
        'raise PortraitError("Bad file here")\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(texts, "ROOT", tmp_path)
    assert [(text.line, text.one) for text in texts.find_unwrapped()] == [
        (4, "Bare title"),
        (5, "Title of Qt"),
        (6, "Saved as "),
        (12, "Bad file here"),
    ]
    assert [text.one for text in texts.find_texts()] == ["Good title", "Title of Qt", "The log %s"]
