"""Which language the texts are shown in: the one in the settings, or the system's."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from portrait.language.catalog import Catalog
from portrait.language.texts import use_catalog

Language = Literal["system", "en", "ko"]

LANGUAGES: Mapping[str, str] = {"en": "English", "ko": "한국어"}
"""Languages that there are texts in, by ISO 639 code, in their own words. Each but English has a catalogue, CODE.po."""

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


class _Current:
    code = "en"


def current_language() -> str:
    """Code of the language that is set."""
    return _Current.code


def set_language(code: str) -> None:
    """Show texts in a language from now on.

    Parameters
    ----------
    code
        One of `LANGUAGES`.

    Raises
    ------
    KeyError
        There are no texts in this language.
    """
    if code not in LANGUAGES:
        raise KeyError(code)
    use_catalog(None if code == "en" else _load_catalog(code))
    _Current.code = code


def environment_language(environment: Mapping[str, str]) -> str:
    """Language of a POSIX environment, of those there are texts in.

    The first variable that is set counts, in the order of POSIX.1-2017, section 8.2.
    """
    return best_language([next(filter(None, map(environment.get, _VARIABLES)), "")])


def best_language(preferred: Iterable[str]) -> str:
    """The first language that there are texts in, of tags such as ``ko-KR`` or ``ko_KR.UTF-8``; English if none is."""
    codes = (tag.replace("_", "-").partition("-")[0].partition(".")[0].lower() for tag in preferred)
    return next((code for code in codes if code in LANGUAGES), "en")


def _load_catalog(code: str) -> Catalog:
    return Catalog.parse((Path(__file__).parent / f"{code}.po").read_text(encoding="utf-8"))
