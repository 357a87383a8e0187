"""The choice of a background and its text form, for the command line, the settings and the window."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from portrait.core.render.look import BackgroundKind, Color

BACKGROUND_FORM = "blur|blur+mono|mono|image:FILE|color:#RRGGBB|color:NAME|transparent|stage"
"""How a choice is written."""

_COLOR = re.compile(r"#?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class BackgroundChoice:
    """A background that was chosen; its image is not read yet.

    Attributes
    ----------
    kind
        As in `portrait.core.render.look.Background`.
    value
        ``#RRGGBB`` for ``color``, the path of the image for ``image``; empty for the others.

    Raises
    ------
    ValueError
        An unknown kind, a colour that is none, a missing or superfluous value.
    """

    kind: BackgroundKind = "blur"
    value: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(BackgroundKind):
            raise ValueError(f"{self.kind!r} is no background")
        if self.kind == "color" and not _COLOR.fullmatch(self.value):
            raise ValueError(f"{self.value!r} is no colour such as #00B140")
        if self.kind == "image" and not self.value.strip():
            raise ValueError("the background image needs the name of a file")
        if self.value and self.kind not in ("color", "image"):
            raise ValueError(f"the background {self.kind} takes nothing behind it, got {self.value!r}")

    @classmethod
    def parse(cls, text: str) -> "BackgroundChoice":
        """Read a choice in the form of `BACKGROUND_FORM`; raises ValueError as the class does.

        Colours may also be written as #RGB, or by their names in CSS.
        """
        kind, _, value = text.partition(":")
        return cls(kind, _to_hex(value) if kind == "color" else value)  # type: ignore[arg-type]  # checked there

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.value else self.kind

    @property
    def color(self) -> Color | None:
        """The sRGB colour; none where another kind was chosen."""
        if self.kind != "color" or (match := _COLOR.fullmatch(self.value)) is None:
            return None
        red, green, blue = (int(pair, 16) for pair in match.groups())
        return red, green, blue

    @property
    def path(self) -> Path | None:
        """The image's file; none where another kind was chosen."""
        return Path(self.value).expanduser() if self.kind == "image" else None


def _to_hex(color: str) -> str:
    """``#RRGGBB`` for a name of CSS or ``#RGB``; whatever is neither comes back as it is."""
    if re.fullmatch(r"#[0-9a-fA-F]{3}", color):
        return "#" + "".join(2 * digit for digit in color[1:])
    if not color.isalpha() or _COLOR.fullmatch(color):
        return color
    from PIL import ImageColor  # only here, for it makes the start slower

    if color.lower() not in ImageColor.colormap:
        return color
    red, green, blue, *_ = ImageColor.getrgb(color)
    return f"#{red:02X}{green:02X}{blue:02X}"
