"""Download of a file that goes on where it broke off."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from portrait.errors import ModelError
from portrait.extras import how_to_get
from portrait.language import tr

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there, and with those of the whole file where the server tells them."""

_CHUNK_BYTES = 1 << 16
_TIMEOUTS_S = (10.0, 60.0)
"""Timeouts for connecting, and for the wait between two chunks."""


class RefusedDownloadError(Exception):
    """A server does not give a file; the message is its answer."""


def download_rest(url: str, partial: Path, progress: Progress) -> None:
    """Append the missing bytes of a download to a file, or write it anew where the server cannot resume.

    Only the bytes after those that are there are asked for (RFC 9110, section 14). Proxies are taken from the
    environment.

    Parameters
    ----------
    url
        Of http or https.
    partial
        What an earlier call left, if it is there.
    progress
        Called after every chunk.

    Raises
    ------
    RefusedDownloadError
        The server answers with an error.
    requests.RequestException
        It cannot be reached, or the connection broke off: what came is kept.
    OSError
        The file cannot be written.
    """
    import requests  # of the extra "models"

    # Uncompressed, so that the offset counts bytes of the file.
    present = partial.stat().st_size if partial.is_file() else 0
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={present}-"} if present else {})}
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUTS_S) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # there are no further bytes; the caller checks the hash
        if not response.ok:
            raise RefusedDownloadError(f"{response.status_code} {response.reason}")
        # Write what is sent.
        resumes = response.status_code == requests.codes.partial_content
        done = present if resumes else 0
        length = response.headers.get("Content-Length")
        total = None if length is None else done + int(length)
        with partial.open("ab" if resumes else "wb") as file:
            for chunk in response.iter_content(_CHUNK_BYTES):
                file.write(chunk)
                done += len(chunk)
                progress(done, total)


def fetch_checked(url: str, sha256: str, partial: Path, progress: Progress) -> None:
    """Download a file, or the rest of it, and check its SHA-256; a wrong one is deleted.

    Raises
    ------
    ModelError
        What sends files is not installed, the server does not give the file or breaks off, the file is another one, or
        it cannot be written.
    """
    by_hand = tr("Download it by other means, and add the file.")
    try:
        download_rest(url, partial, progress)
    except ModuleNotFoundError as exc:
        hint = f"{how_to_get('models')} {tr('Or:')} {by_hand}"
        raise ModelError(tr("downloads need the package requests, which is not installed"), hint) from exc
    except RefusedDownloadError as exc:
        raise ModelError(tr("cannot fetch {url}: the server answered {answer}", url=url, answer=exc), by_hand) from exc
    except OSError as exc:  # those of requests are such ones too
        message = tr("cannot fetch {url}: {reason}", url=url, reason=exc.strerror or type(exc).__name__)
        hint = tr("Check network, proxy and disk, and run it again: it goes on where it stopped.")
        raise ModelError(message, hint) from exc
    except ValueError as exc:
        raise ModelError(tr("cannot fetch {url}: {reason}", url=url, reason=exc), by_hand) from exc
    require_sha256(partial, sha256, url)


def require_sha256(path: Path, sha256: str, source: str) -> None:
    """Raise `ModelError`, and delete the file, unless its SHA-256 is this one, in hexadecimal digits."""
    found = sha256_of(path)
    if found != sha256.lower():
        path.unlink()
        raise ModelError(
            tr("{source} is another file than was named: its SHA-256 is {found}", source=source, found=found),
            tr("Look where you have the SHA-256 from, and try again."),
        )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
