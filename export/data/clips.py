"""Reading of clips for flicker measurements: a folder of frames, or a video file."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from export.data.data_set import IMAGE_SUFFIXES
from export.errors import DataError
from portrait.core.arrays import RgbImage
from portrait.core.optical_flow import SMALLEST_SIDE_PX
from portrait.core.resize import downsample_to_long_side

MOST_FRAMES = 300
"""Later frames of a clip are not read: ten seconds suffice to measure flicker."""

LONG_SIDE_PX = 640
"""Larger frames are downsampled to this size, because optical flow is the slow part."""


def read_clip(path: Path) -> Iterator[RgbImage]:
    """Frames of a clip in temporal order (in a folder: by name), downsampled to at most `LONG_SIDE_PX`.

    Parameters
    ----------
    path
        A folder of images, or a video file, which needs PyAV.

    Raises
    ------
    DataError
        The path does not exist or cannot be read, or its frames are too small or differ in size.
    """
    sizes = set()
    for frame in islice(_read_folder(path) if path.is_dir() else _read_video(path), MOST_FRAMES):
        sizes.add(frame.shape[:2])
        if len(sizes) > 1:
            raise DataError(f"{path}: frames of different sizes {sorted(sizes)}", "make them equal")
        small = downsample_to_long_side(frame, LONG_SIDE_PX)
        if min(small.shape[:2]) < SMALLEST_SIDE_PX:
            raise DataError(f"{path}: frames of {frame.shape[:2]} are too small", "give larger ones")
        yield small


def _read_folder(folder: Path) -> Iterator[RgbImage]:
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES):
        try:
            with Image.open(path) as opened:
                yield np.asarray(opened.convert("RGB"))
        except OSError as exc:
            raise DataError(f"cannot read {path}: {exc}", "mend or remove the file") from exc


def _read_video(path: Path) -> Iterator[RgbImage]:
    if not path.is_file():
        raise DataError(f"there is no {path}", "give a video file, or a folder of frames")
    with _open_video(path) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


@contextmanager
def _open_video(path: Path) -> Iterator[Any]:
    try:
        av = importlib.import_module("av")  # an optional dependency, needed for video files only
    except ImportError as exc:
        raise DataError(
            f"{path.name}: PyAV reads video files and is not installed",
            "pip install 'portrait[video]', or give a folder of frames",
        ) from exc
    try:
        with av.open(str(path)) as container:
            yield container
    except (av.FFmpegError, IndexError) as exc:
        raise DataError(f"cannot read {path} as a video: {exc}", "give another file, or a folder of frames") from exc
