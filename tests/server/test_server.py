"""A real server on a free port, with a worker process, asked over HTTP."""

import http.client
import io
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portrait.photo.portrait_file import make_portrait_file
from portrait.server.choice import OFFERED, choose_options
from portrait.server.limits import RateLimiter
from portrait.server.options import ServerOptions
from portrait.server.running import RunningServer
from tests.batch.worker_engines import HANGING_PX, open_row_engine

TOKEN = "a token of the tests"
OPTIONS = ServerOptions(
    port=0, token=TOKEN, workers=1, waiting=0, max_bytes=200_000, max_megapixels=0.1, rate_per_minute=10_000,
    memory_bytes=4 * 2**30, open_engine=open_row_engine,
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def error(self) -> str:
        return str(json.loads(self.body)["error"])


class Client:
    """Asks a server, with its token unless told otherwise."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.port = int(server.url.rpartition(":")[2])

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Authorization": f"Bearer {TOKEN}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def post(self, path: str, body: object, **headers: str) -> Answer:
        return self.ask("POST", path, body, **headers)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server for all tests of this file; its temporary folder is empty when it has ended."""
    import tempfile

    folder, before = tmp_path_factory.mktemp("serve"), tempfile.tempdir
    tempfile.tempdir = str(folder)
    server = RunningServer(OPTIONS)
    thread = threading.Thread(target=server.run_until_stopped)
    thread.start()
    yield Client(server)
    assert not [path for path in folder.rglob("*") if path.is_file()]  # what was received is gone
    server.stop()
    thread.join(60)
    tempfile.tempdir = before
    assert not thread.is_alive()
    assert not list(folder.iterdir())


def photo_of(width: int = 64, file_format: str = "PNG", height: int = 48) -> bytes:
    rng = np.random.default_rng(3)
    encoded = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8)).save(encoded, file_format)
    return encoded.getvalue()


def test_a_portrait_over_http_is_that_of_a_file(client: Client, tmp_path: Path) -> None:
    for suffix, file_format in ((".png", "PNG"), (".jpg", "JPEG")):
        content = photo_of(file_format=file_format)
        answer = client.post("/portrait?quality=fast&f_number=1.4", content)
        (tmp_path / f"in{suffix}").write_bytes(content)
        options = choose_options([("quality", "fast"), ("f_number", "1.4")], 0.1)
        make_portrait_file(open_row_engine(), tmp_path / f"in{suffix}", tmp_path / f"out{suffix}", options)
        assert answer.status == 200
        assert answer.body == (tmp_path / f"out{suffix}").read_bytes()
        assert answer.headers["Content-Type"] == f"image/{file_format.lower()}"
        assert answer.headers["Portrait-Status"] == "done"


def test_the_matte_is_16_bit_grey_and_a_body_may_come_in_parts(client: Client) -> None:
    content = photo_of()
    answer = client.post("/matte?quality=fast", iter([content[:100], content[100:]]))
    with Image.open(io.BytesIO(answer.body)) as matte:
        assert (matte.mode, matte.size) == ("I;16", (64, 48))
    cut_out = client.post("/portrait?quality=fast&background=transparent&format=webp&crop_to_subject", photo_of())
    with Image.open(io.BytesIO(cut_out.body)) as picture:
        assert (picture.format, picture.mode) == ("WEBP", "RGBA")
        assert picture.width < 64


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer ü"])
def test_without_the_token_nothing_is_made(client: Client, header: str) -> None:
    answer = client.post("/portrait", photo_of(), Authorization=header.encode().decode("latin-1"))
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("f_number=99", "blur.f_number"),
        ("colour=red", "there is no option colour"),
        ("f_number=2&f_number=4", "twice"),
        ("background=image:/etc/passwd", "over HTTP"),
        ("model=/etc/passwd", "there is no option model"),
        ("depth_model=/etc/passwd", "there is no option depth_model"),
        ("max_megapixels=1000", "there is no option max_megapixels"),
        ("people=zero", "cannot be used"),
    ],
)
def test_options_that_cannot_be_used_are_named(client: Client, query: str, said: str) -> None:
    answer = client.post(f"/portrait?{query}", photo_of())
    assert (answer.status, said in answer.error) == (400, True)


def test_what_is_too_large_is_refused_by_its_bytes_stated_or_not_and_by_its_pixels(client: Client) -> None:
    assert client.post("/portrait", b"x" * 200_001).status == 413
    many = client.post("/portrait", iter([b"x" * 100_000] * 3))
    assert (many.status, "0.19" in many.error) == (413, True)
    flat = io.BytesIO()
    Image.new("L", (4000, 4000)).save(flat, "PNG")
    pixels = client.post("/portrait", flat.getvalue())
    assert (pixels.status, "megapixels" in pixels.error) == (422, True)


@pytest.mark.parametrize("body", [b"", b"no picture", photo_of()[:500]])
def test_what_is_no_photo_is_refused_without_a_path_of_this_disk(client: Client, body: bytes) -> None:
    answer = client.post("/portrait", body)
    assert answer.status == 422
    assert answer.error.startswith("the photo ")
    assert "/" not in answer.error


def send_raw(client: Client, *, stated_bytes: int, body: bytes) -> socket.socket:
    """Begin a request and leave it unfinished."""
    connection = socket.create_connection(("127.0.0.1", client.port), timeout=60)
    head = f"POST /portrait HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    connection.sendall(f"{head}Content-Length: {stated_bytes}\r\n\r\n".encode() + body)
    return connection


def test_an_upload_that_takes_too_long_is_answered_and_one_that_breaks_off_leaves_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.server.portrait, "options", replace(OPTIONS, time_limit_s=0.05))
    with send_raw(client, stated_bytes=1000, body=b"x" * 10) as slow:
        assert slow.recv(100).startswith(b"HTTP/1.1 408")
    monkeypatch.undo()
    send_raw(client, stated_bytes=1000, body=b"x" * 10).close()
    assert client.ask("GET", "/health").status == 200


def test_other_names_for_this_machine_are_refused(client: Client) -> None:
    assert client.post("/portrait", photo_of(), Host="evil.example").status == 421
    assert client.ask("GET", "/", Host="evil.example").status == 421
    assert client.ask("GET", "/health", Host="localhost").status == 200
    assert client.ask("GET", "/health", Host="[::1]:80").status == 200


def test_the_wrong_way_to_ask_is_told(client: Client) -> None:
    assert client.ask("GET", "/portrait").status == 405
    assert client.ask("GET", "/nothing").status == 404


def test_the_description_names_every_option_and_the_page_loads_nothing(client: Client) -> None:
    described = json.loads(client.ask("GET", "/openapi.json").body)
    assert described["openapi"].startswith("3.1")
    for path in ("/portrait", "/matte"):
        operation = described["paths"][path]["post"]
        assert {parameter["name"] for parameter in operation["parameters"]} == {*OFFERED, "people"}
        assert {"200", "401", "413", "429", "503", "504"} <= operation["responses"].keys()
    schemas = {entry["name"]: entry["schema"] for entry in described["paths"]["/portrait"]["post"]["parameters"]}
    assert schemas["f_number"] == {"type": "number", "minimum": 1.4, "maximum": 16, "default": 2.0}
    assert schemas["strip_private"]["type"] == "boolean"
    assert "keep" in schemas["save_quality"]["anyOf"][1]["enum"]
    shown = client.ask("GET", "/").body.decode()
    assert f"http://127.0.0.1:{client.port}/portrait" in shown
    assert "default-src 'none'" in shown


def test_too_many_requests_are_told_when_to_come_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.server.portrait, "limiter", RateLimiter(2, lambda: 0.0))
    statuses = [client.post("/portrait?no=1", b"").status for _ in range(3)]
    assert statuses == [400, 400, 429]
    assert client.post("/portrait", b"").headers["Retry-After"] == "31"


def test_a_full_pool_turns_away_and_a_busy_one_is_free_again(client: Client) -> None:
    room = client.server.portrait.pool._room
    assert room.acquire(blocking=False)
    try:
        answer = client.post("/portrait?quality=fast", photo_of())
    finally:
        room.release()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert client.post("/portrait?quality=fast", photo_of()).status == 200


@pytest.mark.slow  # two processes are started anew
def test_what_hangs_or_loses_its_worker_is_told_and_the_next_photo_is_made(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(client.server.portrait.pool, "time_limit_s", 0.2)
        slow = client.post("/portrait?quality=fast", photo_of(HANGING_PX))
    assert (slow.status, "took more than" in slow.error) == (504, True)
    pool, answers = client.server.portrait.pool, []
    hanging = threading.Thread(
        target=lambda: answers.append(client.post("/portrait?quality=fast", photo_of(HANGING_PX)))
    )
    hanging.start()
    while not pool.at_work:
        hanging.join(0.02)
    pool.end_work()  # what a second Ctrl-C does
    hanging.join()
    assert (answers[0].status, "worker was lost" in answers[0].error) == (422, True)
    assert client.post("/portrait?quality=fast", photo_of()).status == 200


def test_a_rate_is_a_bucket_for_each_client_that_fills_again() -> None:
    now = [0.0]
    limiter = RateLimiter(60, lambda: now[0])
    assert [limiter.wait_s("a") for _ in range(61)] == [0.0] * 60 + [1.0]
    assert limiter.wait_s("b") == 0.0
    now[0] = 2.5
    assert [limiter.wait_s("a") > 0.0 for _ in range(3)] == [False, False, True]
    now[0] = 1e6
    assert sum(limiter.wait_s("a") == 0.0 for _ in range(100)) == 60
