"""The application: checks a request, receives its photo into a file, and answers with what a worker made of it."""

import hmac
import json
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
from anyio import to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from portrait.errors import PortraitError, SettingsError
from portrait.language import tr
from portrait.photo.options import FileOptions
from portrait.server.choice import choose_options
from portrait.server.limits import RateLimiter
from portrait.server.openapi import describe, page, to_json
from portrait.server.options import ServerOptions, is_loopback
from portrait.server.render_pool import BusyError, RenderPool, TooSlowError
from portrait.server.work import Refused, Rendered, RenderTask

_BUSY_S = 5
_MOST_WARNINGS, _MOST_WARNING_CHARS = 10, 300  # clients take headers of a few kilobytes
_SCHEME = "bearer "

_logger = logging.getLogger(__name__)


class _Refusal(Exception):  # noqa: N818  an answer, not an error
    """An answer that is no picture."""

    def __init__(self, status: int, message: str, hint: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.response = JSONResponse({"error": message, "hint": hint}, status, headers)


class PortraitServer:
    """The handlers of the requests, and what they share.

    Parameters
    ----------
    options
        Of the server.
    """

    def __init__(self, options: ServerOptions) -> None:
        self.options = options
        self.pool = RenderPool(options)
        self.limiter = RateLimiter(options.rate_per_minute)
        self._folder = Path()

    def application(self) -> Starlette:
        """The application in ASGI."""
        routes = [
            Route("/", self._page),
            Route("/openapi.json", self._description),
            Route("/health", self._health),
            Route("/portrait", self._portrait, methods=["POST"]),
            Route("/matte", self._matte, methods=["POST"]),
        ]
        handlers = {_Refusal: _answer_refusal, Exception: _answer_bug}
        return Starlette(routes=routes, lifespan=self._lifespan, exception_handlers=handlers)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """The folder of received photos, and the workers, as long as the server runs."""
        with tempfile.TemporaryDirectory(prefix="portrait-serve-") as folder:
            self._folder = Path(folder)
            try:
                yield
            finally:
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(self.pool.close)

    async def _page(self, request: Request) -> Response:
        self._require_host(request)
        return HTMLResponse(page(str(request.base_url)))

    async def _description(self, request: Request) -> Response:
        self._require_host(request)
        return Response(to_json(describe(self.options)), media_type="application/json")

    async def _health(self, request: Request) -> Response:
        self._require_host(request)
        return JSONResponse({"status": "ok"})

    async def _portrait(self, request: Request) -> Response:
        return await self._make(request, lambda options: options)

    async def _matte(self, request: Request) -> Response:
        return await self._make(request, lambda options: replace(options, save=replace(options.save, content="matte")))

    async def _make(self, request: Request, change: Callable[[FileOptions], FileOptions]) -> Response:
        """Answer with a picture; what is cheap to refuse is refused before the photo is received."""
        self._require_host(request)
        self._require_rate(request)
        self._require_token(request)
        try:
            options = change(choose_options(request.query_params.multi_items(), self.options.max_megapixels))
        except SettingsError as exc:
            raise _Refusal(400, exc.message, exc.hint) from exc
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            photo = await self._receive(request, folder)
            return await self._render(RenderTask(photo, options))
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True))

    def _require_host(self, request: Request) -> None:
        """Refuse names of other sites that were made to lead to this machine alone (DNS rebinding)."""
        host = request.headers.get("host", "")
        name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
        if self.options.is_local and not is_loopback(name):
            raise _Refusal(421, tr("this server answers under the name localhost only"))

    def _require_rate(self, request: Request) -> None:
        wait_s = self.limiter.wait_s("" if request.client is None else request.client.host)
        if wait_s > 0.0:
            raise _Refusal(429, tr("too many requests"), headers={"Retry-After": str(int(wait_s) + 1)})

    def _require_token(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        token = given[len(_SCHEME) :] if given.lower().startswith(_SCHEME) else ""
        if not hmac.compare_digest(token.encode(), self.options.token.encode()):
            hint = tr("Send the header Authorization: Bearer TOKEN; the server says its token when it starts.")
            raise _Refusal(401, tr("the token is missing or wrong"), hint, {"WWW-Authenticate": "Bearer"})

    async def _receive(self, request: Request, folder: Path) -> Path:
        """Write the body to a file, as far as it is not too large."""
        photo, received = folder / "in", 0
        stated = request.headers.get("content-length", "0")
        self._require_size(int(stated) if stated.isdecimal() else 0)
        try:
            with anyio.fail_after(self.options.time_limit_s):
                async with await anyio.open_file(photo, "wb") as file:
                    async for part in request.stream():
                        received += len(part)
                        self._require_size(received)
                        await file.write(part)
        except TimeoutError as exc:
            raise _Refusal(
                408, tr("the upload took more than {limit_s:g} s", limit_s=self.options.time_limit_s)
            ) from exc
        except ClientDisconnect as exc:
            raise _Refusal(400, tr("the upload was broken off")) from exc
        return photo

    def _require_size(self, size_bytes: int) -> None:
        if size_bytes > self.options.max_bytes:
            limit_mb = self.options.max_bytes / 2**20
            raise _Refusal(413, tr("the photo is larger than {limit_mb:g} MB", limit_mb=limit_mb))

    async def _render(self, task: RenderTask) -> Response:
        try:
            answer = await to_thread.run_sync(self.pool.render, task)
        except BusyError as exc:
            raise _Refusal(503, tr("all workers are busy"), headers={"Retry-After": str(_BUSY_S)}) from exc
        except TooSlowError as exc:
            message = tr("the photo took more than {limit_s:g} s", limit_s=self.pool.time_limit_s)
            raise _Refusal(504, message) from exc
        except PortraitError as exc:
            _logger.error("%s", exc.message)
            raise _Refusal(500, exc.message, exc.hint) from exc
        if isinstance(answer, Refused):
            if answer.bug:
                _logger.error("%s", answer.bug)
            raise _Refusal(500 if answer.bug else 422, answer.message, answer.hint)
        content = await anyio.Path(answer.path).read_bytes()
        return Response(content, media_type=answer.media_type, headers=_headers(answer))


def _headers(answer: Rendered) -> dict[str, str]:
    """What is told of a finished file."""
    return {
        "Portrait-Status": answer.status,
        "Portrait-Person-Fraction": f"{answer.person_fraction:.4f}",
        "Portrait-Warnings": json.dumps(
            [warning[:_MOST_WARNING_CHARS] for warning in answer.warnings[:_MOST_WARNINGS]]
        ),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


async def _answer_refusal(_: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, _Refusal):
        raise TypeError(f"no refusal: {refusal!r}")
    return refusal.response


async def _answer_bug(_: Request, bug: Exception) -> Response:
    _logger.error("Something went wrong inside Portrait: %s", bug, exc_info=bug)
    return JSONResponse({"error": tr("unexpected error"), "hint": ""}, 500)
