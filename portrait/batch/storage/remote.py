"""Storage behind a URL: ``s3://``, ``gs://``, ``http://`` and all else that fsspec knows.

fsspec is imported when the first URL is used. Keys and endpoints are its matter: ``AWS_…``, ``GOOGLE_…``, ``FSSPEC_…``.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote

from portrait.batch.storage.interface import JournalFile
from portrait.batch.storage.listing import RecentListings
from portrait.batch.storage.remote_files import RemoteEntry, status_of, version_of
from portrait.batch.storage.remote_journal import open_remote_journal
from portrait.batch.storage.remote_path import RemotePath
from portrait.errors import ImageFileError, PortraitError
from portrait.extras import how_to_get
from portrait.files.system.atomic import PARTIAL_PREFIX, PARTIAL_SUFFIX, partial_path
from portrait.files.system.file_signature import FileSignature
from portrait.language import mark, tr

_READ_ONLY = frozenset({"http", "https"})
_WRITES_AT_ONCE = frozenset(
    {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci", "tos", "hf", "memory"}
)
"""Storages of objects, which are there as a whole or not at all; on others a file is renamed when it is complete."""

_HEADER_BYTES = 2**18

_REACH_HINT = mark("Check the address, the network, and the keys that the storage asks for.")


@cache
def remote_storage(scheme: str) -> "RemoteStorage":
    """The storage of a scheme; raise `PortraitError` where it is unknown or needs packages that are not installed."""
    try:
        import fsspec

        # No cache of listings: what other machines write must be seen.
        return RemoteStorage(scheme, fsspec.filesystem(scheme, use_listings_cache=False))
    except ImportError as exc:
        message = tr("{scheme}:// cannot be used: {reason}", scheme=scheme, reason=exc)
        hint = f"{how_to_get('cloud')} {tr('Other storages: see the documentation of fsspec.')}"
        raise PortraitError(message, hint) from exc
    except ValueError as exc:
        hint = tr("Use a folder, s3://, gs://, http:// or another storage that fsspec knows.")
        raise PortraitError(tr("{scheme}:// is no known storage", scheme=scheme), hint) from exc
    except Exception as exc:
        raise _unreachable(f"{scheme}://", exc) from exc


class RemoteStorage:
    """The `Storage` of one scheme.

    Parameters
    ----------
    scheme
        As in its URLs.
    filesystem
        Of fsspec, without a cache of listings.
    """

    def __init__(self, scheme: str, filesystem: Any) -> None:
        self.scheme = scheme
        self._files = filesystem

    def is_folder(self, folder: PurePath) -> bool:
        with _told(folder):
            return bool(self._files.isdir(_url(folder)))

    def is_there(self, path: PurePath) -> bool:
        return self._info(path) is not None

    def version(self, file: PurePath) -> tuple[int, int]:
        info = self._info(file)
        return (-1, -1) if info is None else version_of(status_of(info))

    def look(self) -> RecentListings:
        return RecentListings(self)

    def entries(self, folder: PurePath) -> Sequence[RemoteEntry]:
        with _told(folder):
            infos = self._files.ls(_url(folder), detail=True)
            above = str(self._files._strip_protocol(_url(folder))).rstrip("/") + "/"
        entries = []
        for info in infos:
            key = str(info["name"])
            name = _name(key.rstrip("/").removeprefix(above), self.scheme)
            if key.startswith(above) and name and "/" not in name:  # no link to elsewhere, no mark of the folder itself
                entries.append(RemoteEntry(name, info["type"] == "directory", status_of(info)))
        return sorted(entries, key=lambda entry: entry.name)

    def identity(self, path: PurePath) -> str:
        return str(path)

    def is_same(self, path: PurePath, other: PurePath) -> bool:
        return path == other and self.is_there(path)

    def signature(self, file: PurePath) -> FileSignature | None:
        size_bytes, mark = self.version(file)  # first: what is changed while it is read must not look unchanged
        if size_bytes < 0:
            return None
        with self.fetched(file) as local, local.open("rb") as content:
            return FileSignature(size_bytes, mark, hashlib.file_digest(content, "sha256").hexdigest())

    def fits(self, file: PurePath, signature: FileSignature) -> bool:
        version = self.version(file)
        if version == (signature.size_bytes, signature.mtime_ns):
            return True
        found = self.signature(file) if version[0] == signature.size_bytes else None
        return found is not None and found.sha256 == signature.sha256

    def free_bytes(self, folder: PurePath) -> int | None:
        return None

    def make_folder(self, folder: PurePath) -> None:
        self._require_writable(folder)
        if self.scheme not in _WRITES_AT_ONCE:  # the others have no folders, and would make buckets
            with _told(folder):
                self._files.makedirs(_url(folder), exist_ok=True)

    def remove_leftovers(self, folder: PurePath) -> None:
        if self.scheme in _WRITES_AT_ONCE or not self.is_folder(folder):
            return
        for entry in self.entries(folder):
            if entry.name.startswith(PARTIAL_PREFIX) and entry.name.endswith(PARTIAL_SUFFIX):
                self.remove(folder / entry.name)

    def open_journal(self, folder: PurePath) -> AbstractContextManager[JournalFile]:
        self._require_writable(folder)
        return open_remote_journal(self, folder)

    @contextmanager
    def fetched(self, file: PurePath) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="portrait-") as folder:
            local = Path(folder) / file.name
            with _told(file):
                self._files.get_file(_url(file), str(local))
            yield local

    @contextmanager
    def beginning(self, file: PurePath) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="portrait-") as folder:
            local = Path(folder) / file.name
            local.write_bytes(self.read(file, _HEADER_BYTES))
            yield local

    def read(self, file: PurePath, most_bytes: int | None = None) -> bytes:
        """The content of a file, or its beginning."""
        with _told(file):
            return bytes(self._files.cat_file(_url(file), end=most_bytes))

    def remove(self, file: PurePath) -> None:
        """Remove a file."""
        with _told(file):
            self._files.rm_file(_url(file))

    def write(self, file: PurePath, data: bytes | memoryview, *, may_replace: bool) -> FileSignature:
        """Give a file its content in one step; raise `FileExistsError` where there is one that is to stay."""
        content = bytes(data)
        put = self._put if self.scheme in _WRITES_AT_ONCE else self._put_and_rename
        try:
            with _told(file):
                put(file, content, may_replace=may_replace)
        except _NotThereError as exc:
            bucket = type(file)(*file.parts[:2])
            message = tr("The folder {folder} does not exist", folder=bucket)
            raise ImageFileError(message, tr("Make it first, or choose another.")) from exc
        size_bytes, mark = self.version(file)
        return FileSignature(size_bytes, mark, hashlib.sha256(content).hexdigest())

    def _put(self, file: PurePath, content: bytes, *, may_replace: bool) -> None:
        url = _url(file)
        if not may_replace:
            try:
                self._files.pipe_file(url, content, mode="create")  # the storage itself sees to it that there is none
                return
            except (NotImplementedError, TypeError, ValueError):  # it cannot
                if self._files.exists(url):
                    raise FileExistsError(url) from None
        self._files.pipe_file(url, content)

    def _put_and_rename(self, file: PurePath, content: bytes, *, may_replace: bool) -> None:
        partial = _url(partial_path(file))
        try:
            self._files.pipe_file(partial, content)
            if self._files.exists(_url(file)):
                if not may_replace:
                    raise FileExistsError(_url(file))
                self._files.rm_file(_url(file))  # some do not rename to a name that is taken
            self._files.mv(partial, _url(file))
        finally:
            if self._files.exists(partial):
                self._files.rm_file(partial)

    def _info(self, path: PurePath) -> dict[str, Any] | None:
        try:
            with _told(path):
                return dict(self._files.info(_url(path)))
        except _NotThereError:
            return None

    def _require_writable(self, folder: PurePath) -> None:
        if self.scheme in _READ_ONLY:
            message = tr("Nothing can be written to {folder}", folder=folder)
            raise PortraitError(message, tr("Choose a folder, or a storage such as s3://, for the portraits."))


class _NotThereError(ImageFileError):
    """There is no such file."""


@contextmanager
def _told(place: PurePath) -> Iterator[None]:
    """Context that turns the errors of a storage into ones that say what to do; `FileExistsError` passes."""
    try:
        yield
    except (FileExistsError, PortraitError):
        raise
    except FileNotFoundError as exc:
        raise _NotThereError(tr("{path} does not exist", path=place), tr("Check the spelling of the path.")) from exc
    except PermissionError as exc:
        message = tr("No permission for {place}: {reason}", place=place, reason=exc)
        raise ImageFileError(message, tr(_REACH_HINT)) from exc
    except Exception as exc:
        raise _unreachable(place, exc) from exc


def _unreachable(place: object, exc: Exception) -> ImageFileError:
    reason = str(exc) or type(exc).__name__
    return ImageFileError(tr("{place} cannot be reached: {reason}", place=place, reason=reason), tr(_REACH_HINT))


def _url(place: PurePath) -> str:
    return place.url if isinstance(place, RemotePath) else str(place)


def _name(name: str, scheme: str) -> str:
    """The name as people read it."""
    return unquote(name) if scheme in _READ_ONLY else name
