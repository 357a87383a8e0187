"""A virtual camera for Windows and macOS through pyvirtualcam, where the user has installed it.

pyvirtualcam is under the GPL 2.0: Portrait neither requires nor bundles it. This module is found through the entry
points of the group ``portrait.virtual_cameras``, as a plug-in of somebody else would be.
"""

import importlib
import sys
from importlib.util import find_spec
from typing import Any

from portrait.core.arrays import RgbImage
from portrait.errors import SinkError
from portrait.extras import is_bundle
from portrait.language import mark, tr
from portrait.sinks.camera_kind import CameraKind
from portrait.sinks.frame_sink import FittedSink, MissingSetUpError

_MODULE = "pyvirtualcam"
_COMMAND = f"pip install {_MODULE}"  # not shown
_HINT = mark(
    "Install OBS Studio, whose camera is used, and pyvirtualcam: pip install pyvirtualcam. It is under the GPL 2.0, "
    "so it does not come with Portrait."
)
_RATE_FPS = 30.0


class PyVirtualCamera(FittedSink):
    """Gives frames to the camera that pyvirtualcam finds, which is made at the first frame."""

    def __init__(self) -> None:
        super().__init__()
        self._module: Any = importlib.import_module(_MODULE)
        self._camera: Any = None

    @property
    def name(self) -> str:
        """See `FrameSink`."""
        return tr("the virtual camera {name}", name=self.label)

    @property
    def label(self) -> str:
        """See `CameraSink`."""
        return "OBS Virtual Camera" if self._camera is None else str(self._camera.device)  # not shown

    def close(self) -> None:
        """See `FrameSink`."""
        super().close()
        if self._camera is not None:
            self._camera.close()

    def _send(self, image: RgbImage) -> None:
        try:
            if self._camera is None:
                height, width = image.shape[:2]
                self._camera = self._module.Camera(width=width, height=height, fps=_RATE_FPS)
            self._camera.send(image)
        except (RuntimeError, OSError) as exc:
            raise SinkError(tr("{name} gives no camera: {reason}", name=_MODULE, reason=exc), tr(_HINT)) from exc


def why_unavailable() -> SinkError | None:
    """What is missing; None where nothing is."""
    system: str = sys.platform  # mypy knows its own system, and takes the rest for unreachable
    if system.startswith("linux"):
        return SinkError(
            tr("{name} is for Windows and macOS", name=_MODULE), tr("Linux has PipeWire and v4l2loopback.")
        )
    if find_spec(_MODULE) is None and is_bundle():
        hint = tr("Nothing can be added to a bundle. Portrait installed with Python can use {name}.", name=_MODULE)
        return SinkError(tr("{name} is not installed", name=_MODULE), hint)
    if find_spec(_MODULE) is None:
        return MissingSetUpError(tr("{name} is not installed", name=_MODULE), tr(_HINT), _COMMAND)
    return None


KIND = CameraKind(_MODULE, why_unavailable, PyVirtualCamera, is_advised=True)
