"""Checks of ``portrait doctor`` on what comes with an extra."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from portrait.cli.finding import Finding
from portrait.extras import how_to_get
from portrait.language import tr


def check_videos() -> Iterator[Finding]:
    """The library that decodes video files."""
    from portrait.capture.decoder_choice import VIDEO_DECODERS, choose_video_decoder

    best, chosen = VIDEO_DECODERS[0], choose_video_decoder()
    text = tr("files are decoded by {name}: {reach}", name=chosen.name, reach=tr(chosen.reach))
    if chosen is best:
        yield Finding("video", text)
    else:
        yield Finding("video", text, "limit", f"{best.name}: {tr(best.reach)}. {how_to_get('video')}")


def check_raw() -> Iterator[Finding]:
    """The library that develops camera raw files."""
    try:
        text = tr("photos are developed by LibRaw, through rawpy {version}", version=version("rawpy"))
    except PackageNotFoundError:
        text = tr("of raw files the camera's own picture is taken; rawpy, which develops them, is not installed")
        yield Finding("raw", text, "limit", how_to_get("raw"))
        return
    yield Finding("raw", text)
