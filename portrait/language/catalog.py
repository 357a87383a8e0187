"""Reads a message catalogue in the PO format of GNU gettext."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from gettext import c2py

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(.)")
_KEYWORD = re.compile(r'(msgid_plural|msgid|msgstr)(?:\[\d+\])? (".*")')
_PLURAL_RULE = re.compile(r"plural=([^;\n]+)")


@dataclass(frozen=True, slots=True)
class Catalog:
    """The messages of one language.

    Attributes
    ----------
    messages
        Translations by English text; several where the form of a word depends on a number.
    plural_form
        Which of these forms a number takes.
    """

    messages: Mapping[str, tuple[str, ...]]
    plural_form: Callable[[int], int]

    @classmethod
    def parse(cls, text: str) -> "Catalog":
        """Parse the text of a PO file. Messages without translation and those marked fuzzy are left out.

        The format: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html, without contexts.
        """
        messages: dict[str, tuple[str, ...]] = {}
        for block in text.split("\n\n"):
            message_id, translations = _parse_entry(block)
            if all(translations):
                messages[message_id] = translations
        header = messages.pop("", ("",))[0]
        rule = _PLURAL_RULE.search(header)
        return cls(messages, c2py(rule.group(1) if rule else "n != 1"))


def _parse_entry(block: str) -> tuple[str, tuple[str, ...]]:
    """The English text of an entry and its translations; empty ones if they are not to be used."""
    strings: dict[str, list[str]] = {"msgid": [], "msgid_plural": [], "msgstr": []}
    for keyword, text in _strings_of(block):
        if keyword:
            strings[keyword].append(text)
            current = strings[keyword]
        else:
            current[-1] += text
    is_usable = bool(strings["msgid"]) and "\n#, fuzzy" not in f"\n{block}"
    return "".join(strings["msgid"]), tuple(strings["msgstr"]) if is_usable else ("",)


def _strings_of(block: str) -> Iterator[tuple[str, str]]:
    """Keyword and string of each line of an entry; a line that continues a string has an empty keyword."""
    for line in block.splitlines():
        match = _KEYWORD.fullmatch(line)
        if match is not None:
            yield match.group(1), _unescape(match.group(2))
        elif line.startswith('"'):
            yield "", _unescape(line)


def _unescape(quoted: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match.group(1), match.group(0)), quoted.strip()[1:-1])
