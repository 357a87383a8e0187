"""Collects the texts that users see, finds those that bypass the catalogues, and updates the catalogues.

python .ci/texts.py      adds new texts to portrait/language/*.po and removes those that are gone
"""

import ast
import builtins
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
CATALOGS = ROOT / "portrait" / "language"

# Functions and classes, and which of their positional arguments are texts of the catalogue.
_TEXT_ARGUMENTS = {"tr": (0,), "mark": (0,), "tr_n": (0, 1), "SettingField": (1, 2), "with_default": (0,)}
_TEXT_KEYWORDS = {"Option": ("help",), "Argument": ("help",), "Typer": ("help", "epilog")}
_LOGGERS, _LOG_CALLS = frozenset({"_log", "_logger"}), frozenset({"warning", "error", "exception"})
"""Calls of a log whose message is shown too; the log file has it in English."""
_UNTRANSLATED_FOLDERS = ("core", "native", "language", "benchmark")
"""Folders of `portrait` whose texts are errors of Python, of the build, or names of stages, scenes and methods."""
_SENTENCE = re.compile(r"[A-Za-z]{2,}[,.:;]? \(?[A-Za-z]")
_LETTERS = re.compile(r"(?<![%\w])\w")
_LABEL = re.compile(r"^&?[A-Z][a-z]+|[a-z]…")
_FOLDERS_WITH_LABELS = ("gui", "settings")
"""Folders of `portrait` where a single word may be shown; elsewhere it is the name of something."""
_NOT_SHOWN = frozenset({"_log", "_logger", "logging", "Literal", "TypeAlias", "QKeySequence", "struct", "TypeVar"})
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
    commands = _command_names()
    return [text for path in _sources() for text in _texts_of(path, commands)]


def find_unwrapped() -> list[Text]:
    """Literals that read like a text for users, but are not given to the catalogue.

    A line with the comment ``not shown`` is left out, and so are docstrings, the log, annotations and errors of Python.
    """
    return [
        text for path in _sources() if _folder_of(path) not in _UNTRANSLATED_FOLDERS for text in _unwrapped_of(path)
    ]


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


def _sources() -> list[Path]:
    return sorted((ROOT / "portrait").rglob("*.py"))


def _folder_of(path: Path) -> str:
    return path.relative_to(ROOT / "portrait").parts[0]


def _texts_of(path: Path, commands: Collection[str]) -> Iterator[Text]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        texts = [node.value for node in _text_nodes(call) if _is_literal(node) and _LETTERS.search(node.value)]
        if _name_of(call.func) == "tr_n" and texts:
            yield Text(texts[0], path, call.lineno, texts[1])
        else:
            yield from (Text(text, path, call.lineno) for text in texts)
    for node in tree.body if _folder_of(path) == "cli" else []:
        if isinstance(node, ast.FunctionDef) and node.name in commands and (help_text := ast.get_docstring(node)):
            yield Text(help_text, path, node.lineno)


def _text_nodes(call: ast.Call) -> list[ast.AST]:
    """The arguments of a call that the catalogue has: texts, help of commands and options, and what is logged."""
    name = _name_of(call.func)
    places = (0,) if name in _LOG_CALLS and _owner_of(call.func) in _LOGGERS else _TEXT_ARGUMENTS.get(name, ())
    keywords = _TEXT_KEYWORDS.get(name, ())
    return [
        *(call.args[place] for place in places),
        *(keyword.value for keyword in call.keywords if keyword.arg in keywords),
    ]


def _command_names() -> set[str]:
    """The functions that are commands, whose docstring is their help: those that ``COMMANDS`` names."""
    registry = ROOT / "portrait" / "cli" / "commands.py"
    if not registry.exists():
        return set()
    nodes = ast.walk(ast.parse(registry.read_text(encoding="utf-8")))
    tables = [node.value for node in nodes if isinstance(node, ast.AnnAssign) and _name_of(node.target) == "COMMANDS"]
    return {function for table in tables if table for _, function in ast.literal_eval(table).values()}


def _unwrapped_of(path: Path) -> Iterator[Text]:
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    patterns = (_SENTENCE, _LABEL) if _folder_of(path) in _FOLDERS_WITH_LABELS else (_SENTENCE,)
    for node in _shown_nodes(ast.parse(source)):
        if not _is_literal(node) or not any(pattern.search(node.value) for pattern in patterns):
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
    wrapped = [] if is_of_qt else _text_nodes(call)
    wrapped += [keyword for keyword in call.keywords if keyword.value in wrapped]
    return [child for child in ast.iter_child_nodes(call) if child not in wrapped]


def _is_literal(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _name_of(function: ast.AST) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


def _owner_of(function: ast.AST) -> str:
    return _name_of(function.value) if isinstance(function, ast.Attribute) else ""


def _name_untranslated(path: Path) -> None:
    with path.open("rb") as file:
        messages = [message for message in read_po(file, locale=path.stem) if message.id]
    for message in messages:
        if not all(message.string if isinstance(message.string, tuple) else (message.string,)):
            print(f"{path.relative_to(ROOT).as_posix()}:{message.lineno}: to be translated: {message.id!r}")


if __name__ == "__main__":
    for catalog_path in sorted(CATALOGS.glob("*.po")):
        update_catalog(catalog_path)
        _name_untranslated(catalog_path)
