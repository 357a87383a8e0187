"""Paths that are URLs: the same arithmetic as for paths of files, and a text that keeps its ``//``."""

import re
from pathlib import Path, PurePath, PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from portrait.errors import PortraitError
from portrait.language import tr

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_WEB = frozenset({"http", "https"})


class RemotePath(PurePosixPath):
    """A place on a storage, such as ``s3://bucket/folder/a.jpg``; what `relative_to` gives has no scheme.

    Of web addresses it holds the names as people read them; `url` escapes them again.
    """

    __slots__ = ()

    @property
    def scheme(self) -> str:
        """``s3`` of ``s3://bucket``; empty where the path is relative."""
        first = self.parts[0] if self.parts else ""
        return first[:-1].lower() if first.endswith(":") else ""

    @property
    def url(self) -> str:
        """The URL as a storage takes it."""
        if self.scheme not in _WEB:
            return str(self)
        return f"{self.scheme}://{self.parts[1]}/{'/'.join(map(quote, self.parts[2:]))}".rstrip("/")

    def __str__(self) -> str:
        text = super().__str__()
        return text.replace(":/", "://", 1) if self.scheme else text

    def __fspath__(self) -> str:
        return str(self)


def parse_place(text: str) -> PurePath:
    """A `RemotePath` for a URL, else a path of this machine; ``file://`` is one too.

    Raises
    ------
    PortraitError
        The URL has a part that is no folder: a query, or several URLs in one.
    """
    if not _URL.match(text):
        return Path(text)
    scheme = text.partition("://")[0].lower()
    if scheme in ("file", "local"):
        return Path(unquote(urlsplit(text).path))
    if scheme in _WEB:
        if "?" in text or "#" in text:
            raise PortraitError(
                tr("{place} is not the address of a folder", place=text), tr("Leave out what follows ? or #.")
            )
        text = unquote(text)
    return RemotePath(text)
