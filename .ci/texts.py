"""Collects the texts that users see, finds those that bypass the catalogues, and updates the catalogues.

python .ci/texts.py      adds new texts to portrait/language/*.po and removes those that are gone
"""

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGS = ROOT / "portrait" / "language"

# Functions and classes, and which of their positional arguments are texts of the catalogue.
_TEXT_ARGUMENTS = {"tr": (0,), "mark": (0,), "tr_n": (0, 1), "SettingField": (1, 2)}
_WRAPPED_FOLDERS = ("gui", "settings")
"""Folders of `portrait` that are searched for texts that bypass the catalogues."""
_WORDS = re.compile(r"[A-Za-z]{2,}[,.:;]? \(?[A-Za-z]|^&?[A-Z][a-z]+|[a-z]…")
_NOT_SHOWN = frozenset({"_log", "_logger", "logging", "Literal", "TypeAlias", "QKeySequence"})
_LINE_WIDTH = 100


@dataclass(frozen=True)
class Text:
    """A text, and where it stands; ``many`` is its form for several things."""

    one: str
    path: Path
    line: int
    many: str = ""

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.path.relative_to(ROOT).as_posix()}:{self.line}"

    @property
    def message_id(self) -> str | tuple[str, str]:
        """What gettext calls it."""
        return (self.one, self.many) if self.many else self.one


def find_texts() -> list[Text]:
    """All texts in the source that are given to the catalogue, by file and line."""
    return [text for path in _sources("") for text in _texts_of(path)]


def find_unwrapped() -> list[Text]:
    """Literals that read like a text for users, but are not given to the catalogue.

    A line with the comment ``not shown`` is left out, and so are docstrings, the log, annotations and errors of Python.
    """
    return [text for folder in _WRAPPED_FOLDERS for path in _sources(folder) for text in _unwrapped_of(path)]


def update_catalog(path: Path) -> None:
    """Bring a catalogue up to date; translations of texts that are still there are kept."""
    template = Catalog()
    for text in find_texts():
        template.add(text.message_id, locations=[(text.path.relative_to(ROOT).as_posix(), text.line)])
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.stem)
    template.creation_date = catalog.creation_date  # a new date would conflict in every merge
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    with path.open("wb") as file:
        write_po(file, catalog, width=_LINE_WIDTH, include_lineno=False, ignore_obsolete=True)


def _sources(folder: str) -> list[Path]:
    return sorted((ROOT / "portrait" / folder).rglob("*.py"))


def _texts_of(path: Path) -> Iterator[Text]:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if places := _TEXT_ARGUMENTS.get(_name_of(call.func)):
            texts = [call.args[place].value for place in places if _is_literal(call.args[place])]
            if _name_of(call.func) == "tr_n":
                yield Text(texts[0], path, call.lineno, texts[1])
            else:
                yield from (Text(text, path, call.lineno) for text in texts)


def _unwrapped_of(path: Path) -> Iterator[Text]:
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    for node in _shown_nodes(ast.parse(source)):
        if not _is_literal(node) or not _WORDS.search(node.value):
            continue
        if not any("# not shown" in line for line in lines[node.lineno - 1 : node.end_lineno]):
            yield Text(node.value, path, node.lineno)


def _shown_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those inside of what users do not see, or of what is given to the catalogue."""
    yield node
    for child in _shown_children(node):
        yield from _shown_nodes(child)


def _shown_children(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.Expr(value=ast.Constant()):  # a docstring
            return []
        case ast.Call():
            return _shown_arguments(node)
        case ast.Subscript(value=value) if _name_of(value) in _NOT_SHOWN:
            return []
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return []
        case ast.AnnAssign():
            return [] if node.value is None else [node.value]
        case ast.FunctionDef(args=arguments):
            return [*node.body, *filter(None, (*arguments.defaults, *arguments.kw_defaults))]
    return list(ast.iter_child_nodes(node))


def _shown_arguments(call: ast.Call) -> list[ast.AST]:
    """What a call is given and users may see, unless the catalogue has it."""
    name = _name_of(call.func)
    if _NOT_SHOWN & {name, _owner_of(call.func)} or (name.endswith("Error") and hasattr(builtins, name)):
        return []
    is_of_qt = name == "tr" and isinstance(call.func, ast.Attribute)  # QObject.tr, which has no catalogue
    wrapped = [] if is_of_qt else [call.args[place] for place in _TEXT_ARGUMENTS.get(name, ())]
    return [child for child in ast.iter_child_nodes(call) if child not in wrapped]


def _is_literal(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _name_of(function: ast.AST) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def _owner_of(function: ast.AST) -> str:
    return _name_of(function.value) if isinstance(function, ast.Attribute) else ""


if __name__ == "__main__":
    for catalog_path in sorted(CATALOGS.glob("*.po")):
        update_catalog(catalog_path)
