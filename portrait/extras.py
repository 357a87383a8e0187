"""How an extra of Portrait comes in: by pip, but into a bundle nothing can be installed."""

import sys

from portrait.language import tr


def is_bundle() -> bool:
    """Whether the app runs from a bundle, such as an AppImage, which holds its own Python."""
    return hasattr(sys, "frozen")


def install_command(extra: str) -> str:
    """The command that installs an extra beside the app; empty where none can."""
    return "" if is_bundle() else f"pip install 'portrait[{extra}]'"  # not shown


def how_to_get(extra: str) -> str:
    """A sentence that says how an extra comes in."""
    if is_bundle():
        return tr(
            "Nothing can be added to a bundle. Portrait installed with Python and its extra {extra} has it.",
            extra=extra,
        )
    return tr("Install it with: {command}.", command=install_command(extra))
