"""Download of published files, with a cache, a check by SHA-256, and resumption of interrupted downloads."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pooch
import requests
from rich.console import Console
from rich.progress import DownloadColumn, Progress

from export.errors import ExportError
from portrait.inference.download import RefusedDownloadError, download_rest

CACHE_DIR = Path(pooch.os_cache("portrait"))
"""Cache folder of downloaded files."""


def fetch(url: str, sha256_prefix: str, folder: Path = CACHE_DIR) -> Path:
    """Path of the file at a URL, downloaded into the cache unless it is there already.

    Proxies are taken from the environment. An interrupted download stays in the cache under another name, and the next
    call requests only the remaining bytes (RFC 9110, section 14); a server without range requests sends the whole file.

    Parameters
    ----------
    url
        Its last part names the file.
    sha256_prefix
        First hexadecimal digits of the file's SHA-256.
    folder
        The cache.

    Raises
    ------
    ExportError
        The server cannot be reached, does not have the file, breaks the connection or sends a file of another SHA-256,
        or the cache cannot be written. The file is then not in the cache.
    """
    path = folder / url.rsplit("/", 1)[-1]
    # The SHA-256 prefix is checked here: pooch compares whole hashes, and without one it logs advice to store it.
    pooch.get_logger().setLevel(logging.WARNING)
    with _explained(url, folder):
        if path.is_file() and not has_sha256_prefix(path, sha256_prefix):
            path.unlink()
        downloader = _ResumingDownloader(path.with_name(f"{path.name}.partial"), sha256_prefix)
        return Path(pooch.retrieve(url, known_hash=None, fname=path.name, path=folder, downloader=downloader))


def has_sha256_prefix(path: Path, prefix: str) -> bool:
    """Whether the SHA-256 of a file begins with these hexadecimal digits."""
    return bool(pooch.file_hash(str(path), alg="sha256").startswith(prefix))


class _ResumingDownloader:
    """Downloader for pooch: resumes from ``partial``, which a failed download keeps and a wrong hash deletes."""

    def __init__(self, partial: Path, sha256_prefix: str) -> None:
        self._partial = partial
        self._sha256_prefix = sha256_prefix

    def __call__(self, url: str, output_file: str, _: object, check_only: bool = False) -> None:
        _download_rest(url, self._partial)
        if not has_sha256_prefix(self._partial, self._sha256_prefix):
            self._partial.unlink()
            message = f"what came from {url} is not the published file: its SHA-256 does not begin with"
            raise ExportError(f"{message} {self._sha256_prefix}", f"try again, or {_by_hand(url)}")
        self._partial.replace(output_file)


def _download_rest(url: str, partial: Path) -> None:
    """Append the missing bytes of a download to ``partial``, counted on a progress bar."""
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns(), DownloadColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("download", total=None)
        try:
            download_rest(url, partial, lambda done, total: bar.update(task, completed=done, total=total))
        except RefusedDownloadError as exc:
            raise ExportError(f"cannot fetch {url}: the server answered {exc}", _by_hand(url)) from exc


@contextmanager
def _explained(url: str, folder: Path) -> Iterator[None]:
    """Turn network and disk errors into `ExportError` with a hint."""
    try:
        yield
    except requests.RequestException as exc:
        message = f"cannot fetch {url}: the connection failed or broke off ({type(exc).__name__})"
        hint = f"check network and proxy and run it again, it goes on where it stopped; or {_by_hand(url)}"
        raise ExportError(message, hint) from exc
    except OSError as exc:
        raise ExportError(f"cannot write to {folder}: {exc.strerror}", "make room there, or allow writing") from exc


def _by_hand(url: str) -> str:
    return f"download {url} by other means and give the file with --checkpoint"
