"""Checks of ``portrait doctor`` on what comes with an extra."""

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from portrait.cli.finding import Finding
from portrait.language import tr


def check_videos() -> Iterator[Finding]:
    """The library that decodes video files."""
    from portrait.capture.decoder_choice import VIDEO_DECODERS, choose_video_decoder

    best, chosen = VIDEO_DECODERS[0], choose_video_decoder()
    text = tr("files are decoded by {name}: {reach}", name=chosen.name, reach=tr(chosen.reach))
    if chosen is best:
        yield Finding("video", text)
    else:
        yield Finding("video", text, "limit", _say_how_to_get(best.name, tr(best.reach)))


def _say_how_to_get(name: str, reach: str) -> str:
    """How a better decoder comes in; into a bundle nothing can be installed."""
    if hasattr(sys, "frozen"):
        return tr("Portrait installed with Python and its extra video takes {name}: {reach}", name=name, reach=reach)
    return tr("pip install 'portrait[video]' brings {name}: {reach}", name=name, reach=reach)


def check_raw() -> Iterator[Finding]:
    """The library that develops camera raw files."""
    try:
        text = tr("photos are developed by LibRaw, through rawpy {version}", version=version("rawpy"))
    except PackageNotFoundError:
        text = tr("of raw files the camera's own picture is taken; rawpy, which develops them, is not installed")
        yield Finding("raw", text, "limit", _say_how_to_get_raw())
        return
    yield Finding("raw", text)


def _say_how_to_get_raw() -> str:
    if hasattr(sys, "frozen"):
        return tr("Portrait installed with Python and its extra raw has it.")
    return tr("pip install 'portrait[raw]' brings it.")
