"""The order in which decoders are asked."""

import builtins
from typing import Any

import pytest

from portrait.capture.decoder_choice import choose_video_decoder
from portrait.capture.opencv_decoder import OpenCvDecoder
from portrait.capture.pyav_decoder import PyAvDecoder


def test_pyav_comes_first() -> None:
    assert isinstance(choose_video_decoder().make(), PyAvDecoder)


def test_opencv_where_pyav_is_missing_or_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def refuse(name: str, *args: Any, **options: Any) -> Any:
        if name == "av":
            raise ImportError("libavcodec.so: cannot open shared object file")
        return load(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    handler = choose_video_decoder()
    assert handler.name == "OpenCV"
    assert isinstance(handler.make(), OpenCvDecoder)
