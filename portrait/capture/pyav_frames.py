"""Conversion of FFmpeg's frames to RGB images: deinterlaced, with square pixels, upright, full range."""

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
"""Value of ``AVCOL_SPC`` for frames that do not name their YUV matrix (ITU-T H.273, table 4)."""

SD_HEIGHT_MAX_PX, SD_WIDTH_MAX_PX = 576, 1024
"""Frames without a named matrix are taken for BT.709 above this size and for BT.601 up to it, as players do."""

HDR_CURVES = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
"""Transfer curves of HDR, PQ and HLG. Shown without conversion such frames look grey and dull."""


class Deinterlacer:
    """Motion-adaptive deinterlacing by FFmpeg's bwdif filter: one progressive frame for each pair of fields.

    Progressive frames pass unchanged. Until the first interlaced frame no filter is set up, and nothing is delayed.
    """

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._layout: tuple[object, ...] = ()

    @property
    def is_active(self) -> bool:
        """Whether a filter is set up."""
        return self._graph is not None

    def feed(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Push the next frame and yield those that are ready: the filter delays by one frame, for it looks ahead."""
        # Pass progressive frames on while there is no filter.
        layout = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
        if self._graph is None and not frame.interlaced_frame:
            yield frame
            return
        # A filter graph takes frames of one layout only.
        if layout != self._layout:
            yield from self.flush()
            self._graph, self._layout = _make_graph(frame), layout
        if self._graph is not None:
            self._graph.vpush(frame)
            yield from _pull(self._graph)

    def flush(self) -> Iterator[VideoFrame]:
        """Yield the frames that the filter holds back, at the end of the stream."""
        if self._graph is not None:
            self._graph.vpush(None)
            yield from _pull(self._graph)
        self._graph, self._layout = None, ()


def _make_graph(frame: VideoFrame) -> Graph:
    """A filter graph that deinterlaces frames laid out as this one."""
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
    """Yield the frames that are ready at the graph's end."""
    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return


class FrameConverter:
    """Converts decoded frames to RGB images. Keeps swscale's context from one frame to the next."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def to_rgb(self, frame: VideoFrame, pixel_aspect: Fraction) -> RgbImage:
        """Convert a frame to RGB, scale it to square pixels, and turn it upright.

        Parameters
        ----------
        frame
            Progressive, of any pixel format, matrix and range (BT.601, BT.709, BT.2020; limited, full).
        pixel_aspect
            Width of a stored pixel over its height.

        Returns
        -------
        RgbImage
            uint8 (H, W, 3). Primaries and transfer curve are sRGB's if the frame is HDR, else the frame's own.
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
            **_tone_mapping(frame),
        )
        return orient(np.asarray(converted.to_ndarray(), dtype=np.uint8), find_orientation(frame))


def _find_matrix(frame: VideoFrame) -> Colorspace | None:
    """The YUV matrix for a large frame that does not name its own; None: swscale decides by the frame."""
    is_unknown = frame.colorspace == UNSPECIFIED_MATRIX and not frame.format.is_rgb
    return Colorspace.ITU709 if is_unknown and is_hd(frame) else None


def is_hd(frame: VideoFrame) -> bool:
    """Whether players take a frame of this size for BT.709."""
    return frame.height > SD_HEIGHT_MAX_PX or frame.width > SD_WIDTH_MAX_PX


def _tone_mapping(frame: VideoFrame) -> dict[str, Any]:
    """Arguments that make swscale tone-map an HDR frame to the curve and primaries of sRGB; empty for others."""
    if frame.color_trc not in HDR_CURVES:
        return {}
    return {"dst_color_trc": ColorTrc.IEC61966_2_1, "dst_color_primaries": ColorPrimaries.BT709}


def find_orientation(frame: VideoFrame) -> Orientation:
    """The rotational part of the frame's display matrix; upright where it has none."""
    matrix = cast("SideDataContainer", frame.side_data).get("DISPLAYMATRIX")
    if matrix is None:
        return UPRIGHT
    a, b, _, c, d, *_ = np.frombuffer(bytes(matrix), np.int32).tolist()
    return a, b, c, d
