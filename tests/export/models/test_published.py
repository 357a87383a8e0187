"""Weights published by others: read from files, and fetched from a server that is sound or is not."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from export.cli.application import main
from export.errors import ExportError
from export.models import build_network, published
from export.models.download import fetch
from export.models.published import PUBLISHED, PublishedWeights, WeightsServer, load_published
from export.onnx.to_onnx import convert
from portrait.engine import open_engine


@dataclass
class Host:
    """What a local server has, how it behaves, and what it was asked.

    ``cut_after`` breaks the connection after so many bytes of a body. ``asked`` lists (path, Range header).
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cut_after: int | None = None
    knows_ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        name, wanted = request.path.rsplit("/", 1)[-1], request.headers.get("Range")
        self.asked.append((request.path, wanted))
        if name not in self.files:
            return request.send_error(404)
        content = self.files[name]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.knows_ranges else 0
        if start and start >= len(content):
            return request.send_error(416)
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        request.wfile.write(content[start : self.cut_after])
        return None


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A server on this machine, reached without a proxy."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    started = Host()
    answers = {"do_GET": lambda self: started.answer(self), "log_message": lambda *_: None}
    handler = type("Handler", (BaseHTTPRequestHandler,), answers)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    started.url = f"http://127.0.0.1:{server.server_port}/models"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield started
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass(frozen=True)
class SmallWeights:
    """The state dict of the small network "deeplabv3_red", as torchvision would publish it."""

    network: nn.Module
    file: str
    content: bytes
    cache_dir: Path

    def fetch_from(self, host: Host) -> nn.Module:
        """Load through the server; the weights must be the network's own."""
        loaded, _ = load_published("deeplabv3_red", server=WeightsServer(host.url, self.cache_dir))
        assert all(torch.equal(tensor, self.network.state_dict()[key]) for key, tensor in loaded.state_dict().items())
        return loaded

    def cached(self) -> list[str]:
        """Names in the cache."""
        return sorted(path.name for path in self.cache_dir.glob("*"))


@pytest.fixture
def small(tmp_path: Path, red_finder: nn.Module, monkeypatch: pytest.MonkeyPatch) -> SmallWeights:
    """A 21-class network that is known to `build_network` and to `load_published`."""
    make = type(red_finder)
    network = make(21).eval()
    content = io.BytesIO()
    torch.save(network.state_dict(), content)
    file = f"deeplabv3_red-{hashlib.sha256(content.getvalue()).hexdigest()[:8]}.pth"
    spec = replace(PUBLISHED["deeplabv3_resnet50"].spec, person_class_index=20, input_height=64, input_width=64)
    monkeypatch.setattr("export.models.ARCHITECTURES", {"deeplabv3_red": lambda: make(21)})
    monkeypatch.setattr(published, "PUBLISHED", {"deeplabv3_red": PublishedWeights(spec, file)})
    return SmallWeights(network, file, content.getvalue(), tmp_path / "cache")


def test_fetched_weights_fill_the_network_and_are_kept(host: Host, small: SmallWeights) -> None:
    host.files[small.file] = small.content
    small.fetch_from(host)
    small.fetch_from(host)
    assert host.asked == [(f"/models/{small.file}", None)]
    assert small.cached() == [small.file]


def test_another_file_than_the_published_one_is_refused_and_not_kept(host: Host, small: SmallWeights) -> None:
    host.files[small.file] = small.content[:-1] + b"x"
    with pytest.raises(ExportError, match=r"is not the published file: its SHA-256") as caught:
        small.fetch_from(host)
    assert "--checkpoint" in caught.value.hint
    assert small.cached() == []


def test_a_damaged_file_in_the_cache_is_fetched_again(host: Host, small: SmallWeights) -> None:
    host.files[small.file] = small.content
    small.fetch_from(host)
    (small.cache_dir / small.file).write_bytes(small.content[:100])
    small.fetch_from(host)
    assert len(host.asked) == 2


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_broken_download_goes_on_where_the_server_can(host: Host, tmp_path: Path, knows_ranges: bool) -> None:
    content = bytes(range(256)) * 4096
    prefix = hashlib.sha256(content).hexdigest()[:8]
    host.files["large.pth"], host.cut_after, host.knows_ranges = content, 700_000, knows_ranges
    with pytest.raises(ExportError, match="broke off") as caught:
        fetch(f"{host.url}/large.pth", prefix, tmp_path)
    assert "goes on where it stopped" in caught.value.hint
    (partial,) = tmp_path.iterdir()
    present = partial.stat().st_size
    assert 0 < present <= 700_000
    host.cut_after = None
    assert fetch(f"{host.url}/large.pth", prefix, tmp_path).read_bytes() == content
    assert [wanted for _, wanted in host.asked] == [None, f"bytes={present}-"]
    assert [path.name for path in tmp_path.iterdir()] == ["large.pth"]


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_partial_file_that_wants_no_more(host: Host, small: SmallWeights, is_whole: bool) -> None:
    host.files[small.file] = small.content
    small.cache_dir.mkdir()
    partial = small.cache_dir / f"{small.file}.partial"
    partial.write_bytes(small.content if is_whole else small.content + b"more")
    if not is_whole:
        with pytest.raises(ExportError, match="is not the published file"):
            small.fetch_from(host)
    small.fetch_from(host)
    assert small.cached() == [small.file]


def test_a_file_that_the_server_does_not_have(host: Host, small: SmallWeights) -> None:
    with pytest.raises(ExportError, match="the server answered 404") as caught:
        small.fetch_from(host)
    assert host.url in caught.value.hint
    assert small.cached() == []


def test_a_server_that_refuses_the_connection(host: Host, small: SmallWeights) -> None:
    gone = Host(url="http://127.0.0.1:1")
    with pytest.raises(ExportError, match="cannot fetch") as caught:
        small.fetch_from(gone)
    assert "proxy" in caught.value.hint
    assert small.cached() == []


def test_a_cache_that_cannot_be_written(host: Host, small: SmallWeights) -> None:
    host.files[small.file] = small.content
    small.cache_dir.write_text("a file where the folder should be")
    with pytest.raises(ExportError, match="cannot write to"):
        small.fetch_from(host)


def test_the_proxy_of_the_environment_is_asked(
    host: Host, small: SmallWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.files[small.file] = small.content
    monkeypatch.setenv("http_proxy", host.url)
    small.fetch_from(Host(url="http://weights.invalid"))
    assert host.asked == [(f"http://weights.invalid/{small.file}", None)]


def test_a_local_file_or_its_folder_instead(tmp_path: Path, small: SmallWeights) -> None:
    (tmp_path / small.file).write_bytes(small.content)
    for path in (tmp_path / small.file, tmp_path):
        network, spec = load_published("red", path)
        assert not network.training
        assert spec.class_names[0] == "background"


def test_a_local_file_must_be_what_its_name_says(tmp_path: Path, small: SmallWeights) -> None:
    (tmp_path / small.file).write_bytes(small.content[:-1])
    with pytest.raises(ExportError, match="is not the file that torchvision published"):
        load_published("deeplabv3_red", tmp_path)


def test_a_folder_without_the_file_names_it(tmp_path: Path, small: SmallWeights) -> None:
    with pytest.raises(ExportError, match=small.file):
        load_published("deeplabv3_red", tmp_path)


def test_converted_weights_run_in_the_app(tmp_path: Path, host: Host, small: SmallWeights) -> None:
    host.files[small.file] = small.content
    convert(small.fetch_from(host), published.PUBLISHED["deeplabv3_red"].spec, tmp_path / "red.onnx")
    image = np.full((90, 120, 3), (0, 200, 0), np.uint8)
    image[20:70, 40:80] = (255, 0, 0)
    for quality in ("fast", "fine"):
        matte = open_engine(tmp_path / "red.onnx", threads=1).find_matte(image, quality)
        assert matte[45, 60] > 0.9
        assert matte[5, 5] < 0.1


def test_safetensors_of_the_light_network_load(tmp_path: Path, fill_weights: Callable[[nn.Module], None]) -> None:
    given = build_network("deeplabv3_mobilenet_v2")
    fill_weights(given)
    path = tmp_path / "given.safetensors"
    save_file(given.state_dict(), path)
    network, spec = load_published("deeplabv3_mobilenet_v2", path)
    assert not network.training
    assert all(torch.equal(tensor, given.state_dict()[key]) for key, tensor in network.state_dict().items())
    assert (len(spec.class_names), spec.person_class_index, spec.output_kind) == (21, 15, "class_logits")


def test_weights_of_torchvisions_shape_load(tmp_path: Path) -> None:
    given = build_network("deeplabv3_mobilenet_v3_large")
    torch.save(given.state_dict(), tmp_path / "mine.pth")
    network, _ = load_published("mobilenet_v3_large", tmp_path / "mine.pth")
    assert all(torch.equal(tensor, given.state_dict()[key]) for key, tensor in network.state_dict().items())


def test_torchvisions_files_name_their_hash() -> None:
    prefixes = {name: weights.sha256_prefix for name, weights in PUBLISHED.items() if weights.torchvision_file}
    assert prefixes == {
        "deeplabv3_mobilenet_v3_large": "fc3c493d",
        "deeplabv3_resnet50": "cd0a2569",
        "deeplabv3_resnet101": "586e9e4e",
        "fcn_resnet50": "1167a1af",
        "fcn_resnet101": "7ecb50ca",
    }


def test_network_that_torchvision_does_not_have(tmp_path: Path) -> None:
    for path in (None, tmp_path):
        with pytest.raises(ExportError, match="torchvision has no weights"):
            load_published("deeplabv3_mobilenet_v2", path)


def test_unknown_architecture_lists_the_known_ones() -> None:
    with pytest.raises(ExportError, match="'hrnet'") as caught:
        load_published("hrnet")
    assert "deeplabv3_resnet101" in caught.value.hint


def test_torchvision_without_a_network_asks_which(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "--checkpoint", "torchvision", "-o", str(tmp_path / "x.onnx")]) == 1
    assert "deeplabv3_resnet50" in capsys.readouterr().err


def test_weights_of_another_network_are_refused(tmp_path: Path, small: SmallWeights) -> None:
    save_file({"other": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ExportError, match="does not fit the network"):
        load_published("deeplabv3_red", tmp_path / "other.safetensors")
