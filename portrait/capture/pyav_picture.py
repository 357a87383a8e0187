"""From the frames of FFmpeg to RGB pictures: deinterlaced, square pixels, upright, full range."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from portrait.capture.geometry import UPRIGHT, Orientation, displayed_size_px, orient
from portrait.core.arrays import RgbImage

if TYPE_CHECKING:
    from av.sidedata.sidedata import SideDataContainer

UNSPECIFIED_MATRIX = 2
"""Of ``AVCOL_SPC`` (ITU-T H.273, table 4)."""

SD_HEIGHT_MAX_PX, SD_WIDTH_MAX_PX = 576, 1024
"""Larger pictures that do not name their matrix are BT.709, as players take it, smaller ones BT.601."""

HDR_CURVES = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
"""PQ and HLG: shown as they are they would be grey and dull."""


class Deinterlacer:
    """Makes frames of interlaced ones by motion-adaptive interpolation (FFmpeg's bwdif), one for each two fields.

    Progressive frames pass; before the first interlaced one they pass at once, without a filter.
    """

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._layout: tuple[object, ...] = ()

    def feed(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Take the next frame; give those that are ready. One frame is held back, for its fields need the next."""
        layout = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
        if self._graph is None and not frame.interlaced_frame:
            yield frame
            return
        if layout != self._layout:
            yield from self.flush()
            self._graph, self._layout = _make_graph(frame), layout
        if self._graph is not None:
            self._graph.vpush(frame)
            yield from _pull(self._graph)

    def flush(self) -> Iterator[VideoFrame]:
        """Give what is held back, at the end."""
        if self._graph is not None:
            self._graph.vpush(None)
            yield from _pull(self._graph)
        self._graph, self._layout = None, ()


def _make_graph(frame: VideoFrame) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add(
        "buffer",
        video_size=f"{frame.width}x{frame.height}",
        pix_fmt=frame.format.name,
        time_base=str(frame.time_base or Fraction(1, 1000)),
        colorspace=str(int(frame.colorspace)),
        range=str(int(frame.color_range)),
    )
    graph.link_nodes(source, graph.add("bwdif", "mode=send_frame:deint=interlaced"), graph.add("buffersink"))
    graph.configure()
    return graph


def _pull(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return


class PictureConverter:
    """Makes RGB pictures of frames; keeps what the conversion needs from one frame to the next."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def to_rgb(self, frame: VideoFrame, pixel_aspect: Fraction) -> RgbImage:
        """The picture that is meant.

        Parameters
        ----------
        frame
            Progressive, of any pixel format, matrix and range (BT.601, BT.709, BT.2020; limited, full).
        pixel_aspect
            Width of a stored pixel over its height.

        Returns
        -------
        RgbImage
            uint8 (H, W, 3), sRGB primaries and curve where the frame is HDR, else its own.
        """
        height, width = displayed_size_px(frame.height, frame.width, pixel_aspect)
        converted = self._reformatter.reformat(
            frame,
            width,
            height,
            "rgb24",
            src_colorspace=_find_matrix(frame),
            dst_color_range=ColorRange.JPEG,
            threads=1,
            **_convert_light(frame),
        )
        return orient(np.asarray(converted.to_ndarray(), dtype=np.uint8), _find_orientation(frame))


def _find_matrix(frame: VideoFrame) -> Colorspace | None:
    """None leaves it to the frame."""
    is_hd = frame.height > SD_HEIGHT_MAX_PX or frame.width > SD_WIDTH_MAX_PX
    is_unknown = frame.colorspace == UNSPECIFIED_MATRIX and not frame.format.is_rgb
    return Colorspace.ITU709 if is_unknown and is_hd else None


def _convert_light(frame: VideoFrame) -> dict[str, Any]:
    """For HDR: to the curve and the primaries of sRGB, tone-mapped by swscale."""
    if frame.color_trc not in HDR_CURVES:
        return {}
    return {"dst_color_trc": ColorTrc.IEC61966_2_1, "dst_color_primaries": ColorPrimaries.BT709}


def _find_orientation(frame: VideoFrame) -> Orientation:
    matrix = cast("SideDataContainer", frame.side_data).get("DISPLAYMATRIX")
    if matrix is None:
        return UPRIGHT
    a, b, _, c, d, *_ = np.frombuffer(bytes(matrix), np.int32).tolist()
    return a, b, c, d
