"""The subject of a photo as text: names of classes, separated by commas; empty for people."""

from collections.abc import Sequence


def split_subject(words: str) -> tuple[str, ...]:
    """Names of the classes of a subject."""
    return tuple(name for word in words.split(",") if (name := word.strip()))


def toggle_subject(words: str, name: str, order: Sequence[str]) -> str:
    """A subject with one class more or less, in the order of these classes; empty where none or people alone are left.

    An empty subject is people, found by the networks for people.
    """
    chosen = set(split_subject(words) or ("person",)) ^ {name}
    kept = [*(one for one in order if one in chosen), *sorted(chosen.difference(order))]
    return "" if kept in ([], ["person"]) else ",".join(kept)
