"""Portrait: the portrait mode of a phone for any photo, webcam or folder of photos.

>>> import portrait
>>> engine = portrait.open_engine()
>>> matte = engine.find_matte(image)
>>> result = engine.render(image, matte, portrait.BlurOptions(f_number=2.0))
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portrait.core.lens import BlurOptions
    from portrait.engine import PortraitEngine, PortraitResult, open_engine
    from portrait.errors import PortraitError
    from portrait.live import live_processor

__version__ = "0.1.0"
__all__ = ["BlurOptions", "PortraitEngine", "PortraitError", "PortraitResult", "live_processor", "open_engine"]

_HOMES = {
    "BlurOptions": "portrait.core.lens",
    "PortraitEngine": "portrait.engine",
    "PortraitError": "portrait.errors",
    "PortraitResult": "portrait.engine",
    "live_processor": "portrait.live",
    "open_engine": "portrait.engine",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: ``import portrait.core`` must not open onnxruntime."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
