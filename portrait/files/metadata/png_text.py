"""Texts inside PNG files, and the metadata that some programs write as text in hexadecimal digits.

ImageMagick and older programs write "Raw profile type exif", "… APP1", "… xmp", "… iptc" and "… 8bim": a name, a length
and the bytes in digits, a line each. The W3C's PNG specification knows EXIF and XMP by other names, and none for IPTC.
"""

import binascii
import re
import zlib
from typing import IO

from PIL import Image, PngImagePlugin

from portrait.files.containers.png_limits import read_small_texts
from portrait.language import tr

RAW_PROFILE = "Raw profile type "  # not shown
COMMENT = "Comment"
_XMP_KEYWORD = "XML:com.adobe.xmp"
_RAW_PROFILE_TEXT = re.compile(r"\s*[^\n]*\n\s*\d+\s*\n(?P<digits>[0-9A-Fa-f\s]*)")
_PICTURE_LIKE = re.compile(r"[A-Za-z0-9+/=_-]{1024}")
"""1024 characters without space or point are no words, but probably an image in base64 digits."""

PngTexts = tuple[tuple[str, str], ...]


def raw_profile(picture: Image.Image, *names: str) -> bytes | None:
    """The first raw profile of a loaded image that has one of these names; None where there is none.

    Raises
    ------
    ValueError
        The text is not a raw profile.
    """
    texts = (picture.info.get(RAW_PROFILE + name) for name in names)
    text = next((text for text in texts if text), None)
    if text is None:
        return None
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    found = _RAW_PROFILE_TEXT.match(text)
    if found is None:
        raise ValueError("it is no raw profile")
    return binascii.unhexlify("".join(found["digits"].split()))


def add_raw_profile(chunks: PngImagePlugin.PngInfo, name: str, content: bytes) -> None:
    """Add a compressed raw profile, 36 bytes a line."""
    digits = content.hex()
    lines = [digits[start : start + 72] for start in range(0, len(digits), 72)]
    chunks.add_text(RAW_PROFILE + name, "\n".join(["", name, f"{len(content):8d}", *lines, ""]), zip=True)


def read_texts(file: IO[bytes], notes: list[str]) -> list[tuple[str, str]]:
    """Keywords and texts of a PNG file, without those that hold metadata of another kind.

    Pillow keeps only the last of several texts under one keyword. What is damaged is left out, and named in ``notes``;
    what is too large is told by `portrait.files.containers.png_limits.slim_png`.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    found, damaged = [], []
    for name, content in read_small_texts(file):
        key = content.partition(b"\0")[0].decode("latin-1")
        if not key or key.startswith(RAW_PROFILE) or key == _XMP_KEYWORD:
            continue
        try:
            found.append((key, _decode_text(name, content)))
        except (ValueError, zlib.error):
            damaged.append(key)
    if damaged:
        notes.append(tr("texts that are damaged could not be kept: {names}", names=", ".join(dict.fromkeys(damaged))))
    return found


def decode_comment(comment: bytes) -> str:
    """Decode a comment of JPEG or GIF, which state no encoding: as UTF-8 where that is possible."""
    try:
        return comment.rstrip(b"\x00").decode()
    except UnicodeDecodeError:
        return comment.rstrip(b"\x00").decode("latin-1")


def is_picture_like(text: str) -> bool:
    """Whether a text may hold an image as base64 digits, which could be the unblurred original."""
    return _PICTURE_LIKE.search(text) is not None


def _decode_text(name: bytes, content: bytes) -> str:
    """The text of a chunk (PNG, third edition, 11.3.3); ValueError or zlib.error where it is damaged."""
    _, _, rest = content.partition(b"\0")
    if name == b"tEXt":
        return rest.decode("latin-1")
    if name == b"zTXt":
        return _decompress(rest[1:]).decode("latin-1")
    language, translated, text = rest[2:].split(b"\0", 2)
    plain = _decompress(text) if rest[:1] == b"\1" else text
    return PngImagePlugin.iTXt(plain.decode(), language.decode(), translated.decode())


def _decompress(packed: bytes) -> bytes:
    return zlib.decompressobj().decompress(packed, PngImagePlugin.MAX_TEXT_CHUNK)
