"""An opened image file, shared by Pillow and the app's own readers."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image


@dataclass(frozen=True, slots=True, eq=False)
class OpenedImage:
    """An opened image file, as all readers of this package take it.

    Attributes
    ----------
    path
        Path of the file, for messages.
    file
        The file, opened for reading. Its position is shared: every reader, Pillow too, seeks before it reads.
    picture
        Pillow's image: its header is read, and its pixels once `portrait.files.decoding.decode` was called.
    """

    path: Path
    file: IO[bytes]
    picture: Image.Image
