"""Where frames come from: cameras, video files and a drawn scene. The only opener of ``cv2.VideoCapture``."""

from portrait.capture.catalog import list_sources, make_source
from portrait.capture.source import CameraLostError, Frame, FrameSource, SourceEntry

__all__ = ["CameraLostError", "Frame", "FrameSource", "SourceEntry", "list_sources", "make_source"]
