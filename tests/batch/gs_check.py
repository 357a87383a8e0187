"""A batch on Google Cloud Storage: pytest tests/batch/gs_check.py, with the extra ``cloud`` and gcp-storage-emulator.

No part of the daily tests: gcsfs brings grpc and 17 packages of Google's, 41 MB.
"""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import fsspec
import pytest
from gcp_storage_emulator.exceptions import NotFound
from gcp_storage_emulator.handlers import objects
from gcp_storage_emulator.server import create_server

from portrait.batch.storage import RemotePath, remote
from tests.batch.test_remote import local_photos as local_photos
from tests.batch.test_remote import test_a_remote_folder_gives_the_portraits_of_a_local_one as test_portraits  # noqa: F401


def only_if_there_is_none(insert: Callable[..., Any]) -> Callable[..., Any]:
    """What the real storage does and this stand-in does not: refuse a new object whose name is taken."""

    def checked(request: Any, response: Any, storage: Any, *rest: Any) -> None:
        if request.query.get("ifGenerationMatch") == ["0"]:
            try:
                storage.get_file_obj(request.params["bucket_name"], request.data["meta"]["name"])
            except NotFound:
                pass
            else:
                response.status = HTTPStatus.PRECONDITION_FAILED
                return
        insert(request, response, storage, *rest)

    return checked


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[RemotePath]:
    """A bucket on a server of this process."""
    monkeypatch.setattr(objects, "_multipart_upload", only_if_there_is_none(objects._multipart_upload))
    server = create_server("127.0.0.1", 0, in_memory=True, default_bucket="bucket")
    server.start()
    remote.remote_storage.cache_clear()
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")  # else it asks Google what kind of bucket it is
    fsspec.get_filesystem_class("gs").clear_instance_cache()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server._api._httpd.server_port}")
    yield RemotePath("gs://bucket")
    server.stop()
    remote.remote_storage.cache_clear()
