"""Places behind URLs for the tests of batches: in memory, and on a server that speaks S3."""

import json
import logging
import platform
import time
from collections.abc import Iterator

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from portrait.batch.journal import JOURNAL_NAME
from portrait.batch.storage import RemotePath, remote, storage_of

Files = dict[str, bytes]


class RenamingFiles(MemoryFileSystem):
    """A storage that is no store of objects: a file is there while it is still being written."""

    protocol = "renaming"
    store: dict[str, object] = {}  # noqa: RUF012  as in the class above
    pseudo_dirs = [""]  # noqa: RUF012

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.replace("renaming://", "memory://"))


fsspec.register_implementation("renaming", RenamingFiles)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Address of a server that speaks S3."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()


@pytest.fixture(params=["memory", "renaming", pytest.param("s3", marks=pytest.mark.slow)])
def root(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[RemotePath]:
    """An empty place on a storage."""
    remote.remote_storage.cache_clear()
    if request.param == "s3":
        monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3_server"))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        fsspec.filesystem("s3", use_listings_cache=False).mkdir("bucket")
    yield RemotePath(f"{request.param}://bucket")
    files = fsspec.filesystem(request.param, use_listings_cache=False)
    if files.exists(place := "bucket" if request.param == "s3" else "/bucket"):
        files.rm(place, recursive=True)
    remote.remote_storage.cache_clear()


def put(folder: RemotePath, files: Files) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        storage_of(folder).make_folder((folder / name).parent)
        storage_of(folder).write(folder / name, content, may_replace=True)


def files_below(folder: RemotePath) -> Files:
    """What lies below a folder, without a journal."""
    found: Files = {}
    if not storage_of(folder).is_folder(folder):
        return found
    for entry in storage_of(folder).entries(folder):
        if entry.is_dir() and entry.name != JOURNAL_NAME:
            found |= {f"{entry.name}/{name}": data for name, data in files_below(folder / entry.name).items()}
        elif not entry.is_dir():
            found[entry.name] = storage_of(folder).read(folder / entry.name)
    return found


def journal_lines(folder: RemotePath) -> list[dict[str, str]]:
    parts = [data for name, data in sorted(files_below(folder / JOURNAL_NAME).items()) if name.endswith(".jsonl")]
    return [json.loads(line) for part in parts for line in part.splitlines()]


def lock_of(machine: str | None, age_s: float = 0.0) -> bytes:
    values = {"machine": machine or platform.node(), "time_s": time.time() - age_s, "token": "theirs"}
    return json.dumps(values).encode()
