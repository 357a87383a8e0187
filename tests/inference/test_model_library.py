"""The library of models: what is added is checked and kept, what breaks off goes on, what is removed is gone."""

import hashlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from portrait.errors import ModelError
from portrait.inference.model_library import add_model, list_library, open_depth_network, remove_model

WriteModel = Callable[..., Path]


class Host:
    """A server of one file; ``cut_after`` breaks the connection after so many bytes of a body."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.cut_after: int | None = None
        self.asked: list[str | None] = []
        self.url = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(self.content) - start))
        request.end_headers()
        request.wfile.write(self.content[start : self.cut_after])


@pytest.fixture
def host(write_depth_model: WriteModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """It has the tiny network, and is reached without a proxy."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    started = Host(write_depth_model("midas").read_bytes())
    answers: dict[str, Any] = {"do_GET": lambda self: started.answer(self), "log_message": lambda *_: None}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (BaseHTTPRequestHandler,), answers))
    started.url = f"http://127.0.0.1:{server.server_port}/files/midas.onnx"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield started
    server.shutdown()
    thread.join()
    server.server_close()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_is_kept_by_its_name_until_it_is_removed(write_depth_model: WriteModel, tmp_path: Path) -> None:
    source = write_depth_model("some")
    added = add_model(str(source), rule="midas-small", name="mine", sha256=digest(source.read_bytes()).upper())
    source.unlink()
    (kept,) = list_library()
    assert kept == added
    assert (kept.name, kept.role, kept.spec.licence) == ("mine", "depth", "MIT")
    assert open_depth_network("mine", threads=1).spec.input_fit == "contain"
    assert remove_model("mine") == added
    assert list_library() == ()
    assert not list(added.path.parent.iterdir())
    with pytest.raises(ModelError, match="neither a model for depth in the library"):
        open_depth_network("mine")


def test_a_path_is_opened_without_the_library(write_depth_model: WriteModel) -> None:
    assert open_depth_network(str(write_depth_model("midas")), threads=1).spec.name == "midas-small"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"sha256": "0" * 64}, "another file"),
        ({"name": "../up"}, "cannot be the name"),
        ({"rule": ""}, "does not say what it expects"),
    ],
)
def test_what_does_not_hold_is_refused_and_leaves_nothing(
    write_depth_model: WriteModel, model_library: Path, words: dict[str, str], complaint: str
) -> None:
    source = write_depth_model("some")
    with pytest.raises(ModelError, match=complaint):
        add_model(str(source), **{"rule": "midas-small", **words})  # type: ignore[arg-type]
    assert source.is_file()
    assert not list(model_library.iterdir())


def test_people_networks_and_missing_files_are_refused(write_model: WriteModel, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no network for depth"):
        add_model(str(write_model("people")))
    with pytest.raises(ModelError, match="there is no file"):
        add_model(str(tmp_path / "none.onnx"))
    with pytest.raises(ModelError, match="no model none"):
        remove_model("none")
    assert list_library() == ()


def test_a_download_goes_on_where_it_broke_off(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portrait.inference.download._CHUNK_BYTES", 50)
    steps: list[tuple[int, int | None]] = []
    host.cut_after = 100
    with pytest.raises(ModelError, match="cannot fetch") as caught:
        add_model(host.url, sha256=digest(host.content))
    assert "goes on where it stopped" in caught.value.hint
    host.cut_after = None
    added = add_model(host.url, sha256=digest(host.content), progress=lambda *step: steps.append(step))
    assert host.asked == [None, "bytes=100-"]
    assert steps[-1] == (len(host.content), len(host.content))
    assert added.path.read_bytes() == host.content
    assert added.source == host.url


def test_a_download_needs_its_hash_and_another_file_is_not_kept(host: Host, model_library: Path) -> None:
    with pytest.raises(ModelError, match="needs its SHA-256"):
        add_model(host.url)
    assert host.asked == []
    wanted, host.content = digest(host.content), host.content[:-1] + b"x"
    with pytest.raises(ModelError, match="another file"):
        add_model(host.url, sha256=wanted)
    assert not list(model_library.iterdir())
