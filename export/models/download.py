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

CACHE_DIR = Path(pooch.os_cache("portrait"))
"""Cache folder of downloaded files."""

_CHUNK_BYTES = 1 << 16
_TIMEOUTS_S = (10.0, 60.0)
"""Timeouts for connecting, and for the wait between two chunks."""


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
    """Append the missing bytes of a download to ``partial``, or write it anew where the server cannot resume."""
    # Request the bytes after those that are there; uncompressed, so that the offset counts bytes of the file.
    present = partial.stat().st_size if partial.is_file() else 0
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={present}-"} if present else {})}
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUTS_S) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # there are no further bytes; the caller checks the hash
        if not response.ok:
            message = f"cannot fetch {url}: the server answered {response.status_code} {response.reason}"
            raise ExportError(message, _by_hand(url))
        # Write what is sent.
        resumes = response.status_code == requests.codes.partial_content
        with partial.open("ab" if resumes else "wb") as file:
            for chunk in _show_progress(response, present if resumes else 0):
                file.write(chunk)


def _show_progress(response: requests.Response, present: int) -> Iterator[bytes]:
    """The chunks of a response, counted on a progress bar that starts at ``present`` bytes."""
    console = Console(stderr=True)
    total = present + int(response.headers["Content-Length"]) if "Content-Length" in response.headers else None
    columns = (*Progress.get_default_columns(), DownloadColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("download", total=total, completed=present)
        for chunk in response.iter_content(_CHUNK_BYTES):
            yield chunk
            progress.advance(task, len(chunk))


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
