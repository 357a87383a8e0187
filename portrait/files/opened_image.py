"""An image file while it is read: opened once, for Pillow and for all that Pillow does not tell."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image


@dataclass(frozen=True, slots=True, eq=False)
class OpenedImage:
    """What the readers of this package get.

    Attributes
    ----------
    path
        Of the file, for messages.
    file
        The whole file. It has one position, which every reader sets for itself, as Pillow does.
    picture
        As Pillow reads it: its header, and its pixels once `portrait.files.decoding.decode` was called.
    """

    path: Path
    file: IO[bytes]
    picture: Image.Image
