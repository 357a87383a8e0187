"""Where a camera is: by its number, or by a link that Linux keeps for it whatever number it has after re-plugging."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NUMBER = re.compile(r"(?:/dev/video)?(\d+)")
_LINKS_DIR = "/dev/v4l/"
_LINK_FOLDERS = ("by-id", "by-path")
"""By what the camera says of itself; by the port that it is plugged into, for those that say nothing of their own."""


@dataclass(frozen=True, slots=True)
class CameraAddress:
    """Address of a camera.

    Attributes
    ----------
    id
        A number, ``/dev/videoN``, or a link such as ``/dev/v4l/by-id/usb-…-video-index0``.
    """

    id: str

    def find_index(self) -> int | None:
        """Number of the camera now; None where the link points nowhere, for the camera is not plugged in."""
        number = _NUMBER.fullmatch(self.id if not self.id.startswith(_LINKS_DIR) else os.path.realpath(self.id))
        return None if number is None else int(number.group(1))


def is_camera_id(source_id: str) -> bool:
    """Whether an id is that of a camera."""
    return source_id.startswith(_LINKS_DIR) or _NUMBER.fullmatch(source_id) is not None


def find_links(dev_dir: Path = Path("/dev")) -> dict[str, str]:
    """The lasting name of each device that has one: name of the device file, such as ``video0``, to path of the link.

    Of two cameras that say the same of themselves, one has the link by id and the other that of its port.
    """
    links: dict[str, str] = {}
    for path in _list_links(dev_dir):
        links.setdefault(Path(os.path.realpath(path)).name, str(path))
    return links


def _list_links(dev_dir: Path) -> Iterator[Path]:
    """All links, by preference."""
    for folder in _LINK_FOLDERS:
        try:
            yield from sorted((dev_dir / "v4l" / folder).iterdir())
        except OSError:  # no udev here, or no camera
            continue
