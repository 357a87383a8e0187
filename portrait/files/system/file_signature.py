"""File signatures: size, time and SHA-256, by which the app recognises a file that it wrote."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from portrait.files.system.os_errors import file_version


@dataclass(frozen=True, slots=True)
class FileSignature:
    """Size, time and content of a file at the moment when the app had written it.

    Attributes
    ----------
    size_bytes, mtime_ns
        Where both are unchanged the file counts as unchanged, without being read.
    sha256
        Of the content. It decides where only the time differs: the files of a copied folder have new times.
    """

    size_bytes: int
    mtime_ns: int
    sha256: str

    @classmethod
    def read(cls, path: Path) -> "FileSignature":
        """The signature of a file; raise `OSError` where it cannot be read."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())  # first: what is changed while it is read must not look unchanged
            return cls(status.st_size, status.st_mtime_ns, hashlib.file_digest(file, "sha256").hexdigest())

    @classmethod
    def of(cls, path: Path) -> "FileSignature | None":
        """The signature of a file; None where none can be read."""
        try:
            return cls.read(path)
        except OSError:
            return None

    def fits(self, path: Path) -> bool:
        """Whether the file itself, not a link to one, is there with the same content."""
        if os.path.islink(path):  # noqa: PTH114  pathlib raises for folders that may not be searched
            return False
        version = file_version(path)
        if version == (self.size_bytes, self.mtime_ns):
            return True
        found = FileSignature.of(path) if version[0] == self.size_bytes else None
        return found is not None and found.sha256 == self.sha256
