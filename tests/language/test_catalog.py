"""Reading a catalogue, looking texts up in it, and the choice of the language."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from portrait import language
from portrait.language import best_language, environment_language, set_language, tr, tr_n
from portrait.language.catalog import Catalog
from portrait.language.texts import use_catalog

CATALOGS = sorted(Path(language.__file__).parent.glob("*.po"))

POLISH = r"""
# A language with three forms.
msgid ""
msgstr ""
"Language: pl\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\n"

msgid "{n} file in {folder}"
msgid_plural "{n} files in {folder}"
msgstr[0] "{folder}: {n} plik"
msgstr[1] "{folder}: {n} pliki"
msgstr[2] "{folder}: {n} plików"

#, fuzzy
msgid "Photo"
msgstr "Wideo"

msgid "Not yet"
msgstr ""

#: portrait/gui/menus.py
msgid ""
"A \"quoted\" text,\n"
"of two lines and one C:\\new"
msgstr ""
"„Tekst”\n"
"C:\\new"
"""


@pytest.fixture
def polish() -> Iterator[None]:
    use_catalog(Catalog.parse(POLISH))
    yield
    set_language("en")


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_our_reader_and_babel_agree(path: Path) -> None:
    with path.open("rb") as file:
        messages = [message for message in read_po(file, locale=path.stem) if message.id and message.string]
    forms = {
        message.id if isinstance(message.id, str) else message.id[0]: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string)
        )
        for message in messages
        if not message.fuzzy
    }
    assert len(forms) > 200
    assert Catalog.parse(path.read_text(encoding="utf-8")).messages == forms


@pytest.mark.usefixtures("polish")
def test_the_number_chooses_the_form() -> None:
    texts = [tr_n("{n} file in {folder}", "{n} files in {folder}", n, folder="x") for n in (1, 3, 5, 12, 22)]
    assert texts == ["x: 1 plik", "x: 3 pliki", "x: 5 plików", "x: 12 plików", "x: 22 pliki"]


@pytest.mark.usefixtures("polish")
def test_what_is_not_translated_stays_english() -> None:
    assert tr("Photo") == "Photo"  # its translation is only guessed
    assert tr("Not yet") == "Not yet"
    assert tr("{n} things", n=3) == "3 things"
    assert tr_n("{n} thing", "{n} things", 1) == "1 thing"
    assert tr_n("{n} thing", "{n} things", 2) == "2 things"


@pytest.mark.usefixtures("polish")
def test_escapes_and_lines() -> None:
    assert tr('A "quoted" text,\nof two lines and one C:\\new') == "„Tekst”\nC:\\new"


def test_values_are_not_formatted_again() -> None:
    assert tr("Saved as {name}", name="{0}.jpg") == "Saved as {0}.jpg"
    assert tr("100 % {as it is}") == "100 % {as it is}"


def test_an_unknown_language_is_refused_and_the_known_ones_are_set() -> None:
    with pytest.raises(KeyError):
        set_language("xx")
    set_language("ko")
    assert tr("Photo") == "사진"
    set_language("en")
    assert tr("Photo") == "Photo"


def test_every_language_has_its_catalogue() -> None:
    assert set(language.LANGUAGES) == {"en", *(path.stem for path in CATALOGS)}


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko_KR.eucKR"}, "ko"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "", "LC_ALL": ""}, "en"),
        ({"LANG": "kok_IN"}, "en"),
    ],
)
def test_the_environment_names_the_language(environment: dict[str, str], code: str) -> None:
    assert environment_language(environment) == code


def test_the_first_language_that_there_is() -> None:
    assert best_language(["fr-FR", "ko-KR", "en"]) == "ko"
    assert best_language(["en-GB", "ko"]) == "en"
    assert best_language(["C"]) == "en"
