"""Where frames come from: cameras, video files, a drawn scene. Alone opens ``cv2.VideoCapture`` and imports PyAV."""

from portrait.capture.catalog import list_sources, make_source
from portrait.capture.source import CameraLostError, Frame, FrameSource, SourceEntry

__all__ = ["CameraLostError", "Frame", "FrameSource", "SourceEntry", "list_sources", "make_source"]
