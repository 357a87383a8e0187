"""JSON in which file names need not be text: records of one object a line (https://jsonlines.org), and documents."""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_T = TypeVar("_T", bound="DataclassInstance")


def to_json(value: object) -> bytes:
    """One value on one line, without its end; file names that are no text are kept."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape")


def parse_object(line: bytes) -> Mapping[str, Any]:
    """The object of one line; raise `ValueError` for one that was cut off, or that holds no object."""
    try:
        values = json.loads(line.decode("utf-8", "surrogateescape"))
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    if not isinstance(values, dict):
        raise ValueError("no object")
    return values


def from_json(cls: type[_T], values: object) -> _T:
    """A record of text and whole numbers; raise `ValueError` where one is missing, and pass over what is new."""
    if not isinstance(values, dict) or any(type(values.get(field.name)) is not field.type for field in fields(cls)):
        raise ValueError(f"no {cls.__name__}")
    return cls(**{field.name: values[field.name] for field in fields(cls)})


def read_document(path: Path, kind: str, version: int, most_bytes: int) -> Mapping[str, Any]:
    """Read a file of one object that says its ``kind`` and ``version``.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is larger than ``most_bytes``, no object, or of another kind or version.
    """
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError("too large")
    return parse_document(content, kind, version)


def parse_document(content: bytes, kind: str, version: int) -> Mapping[str, Any]:
    """The object of such a file; raise `ValueError` as `read_document`."""
    values = parse_object(content)
    if values.get("kind") != kind or values.get("version") != version:
        raise ValueError("another kind or version of file")
    return values
