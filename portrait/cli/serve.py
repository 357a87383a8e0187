"""``portrait serve``: portraits over HTTP for other programs on this machine."""

import secrets
from typing import Annotated

import typer

from portrait.cli.options import Chosen, with_settings
from portrait.cli.report import print_json, say
from portrait.errors import PortraitError
from portrait.extras import how_to_get
from portrait.language import tr
from portrait.settings import Settings, replace_settings

_TOKEN_BYTES = 24
_LEAST_TOKEN_CHARS = 16
_MB = 2**20


@with_settings("model", "max_megapixels")
def run_server(
    chosen: Chosen,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 127.0.0.1 answers programs of this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8377,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="PORTRAIT_TOKEN",
            show_envvar=False,
            metavar="TEXT",
            help="What clients must send as Authorization: Bearer; also from the variable PORTRAIT_TOKEN. Without it, "
            "one is made up and shown.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Photos at once, each in a process of its own.")] = 1,
    waiting: Annotated[int, typer.Option(min=0, max=100, help="Requests that may wait; more are turned away.")] = 4,
    max_megabytes: Annotated[int, typer.Option(min=1, max=1024, help="Largest file that is taken.")] = 50,
    rate: Annotated[int, typer.Option(min=1, max=10_000, help="Most requests of one client a minute.")] = 60,
    time_limit_s: Annotated[
        float, typer.Option("--time-limit", min=1.0, metavar="SECONDS", help="Most time for one photo.")
    ] = 60.0,
    memory_limit_mb: Annotated[
        int,
        typer.Option(
            "--memory-limit",
            min=256,
            metavar="MB",
            help="Most memory for one photo, beside what the network takes; on Linux only.",
        ),
    ] = 4096,
    as_json: Annotated[bool, typer.Option("--json", help="Print address and token as JSON to stdout.")] = False,
) -> None:
    """Answer POST requests of other programs with portraits and mattes, until Ctrl-C; the address shows how."""
    try:
        from portrait.server.running import RunningServer, signals_stop
    except ImportError as exc:
        raise PortraitError(
            tr("The libraries of the server are not installed"),
            how_to_get("server"),
        ) from exc
    from portrait.server.options import ServerOptions

    if token is not None and len(token) < _LEAST_TOKEN_CHARS:
        raise typer.BadParameter(tr("a token has at least {n} characters", n=_LEAST_TOKEN_CHARS), param_hint="--token")
    settings = replace_settings(Settings(), chosen)
    options = ServerOptions(
        host=host,
        port=port,
        token=token or secrets.token_urlsafe(_TOKEN_BYTES),
        workers=workers,
        waiting=waiting,
        max_bytes=max_megabytes * _MB,
        max_megapixels=settings.max_megapixels,
        rate_per_minute=rate,
        time_limit_s=time_limit_s,
        memory_bytes=memory_limit_mb * _MB,
        model=settings.model or None,
    )
    server = RunningServer(options)
    say(tr("listening on {url}, Ctrl-C ends it", url=server.url))
    if token is None:
        say(tr("token: {token}", token=options.token))
    if not options.is_local:
        say(tr("warning: {message}", message=tr("other machines can reach it, and what is sent is not encrypted")))
    if as_json:
        print_json({"url": server.url, "token": options.token})
    with signals_stop(server.stop):
        server.run_until_stopped()
    say(tr("stopped"))
