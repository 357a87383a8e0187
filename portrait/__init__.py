"""Portrait: the portrait mode of a phone for any photo, webcam or folder of photos.

>>> import portrait
>>> engine = portrait.open_engine()
>>> result = portrait.make_portrait(engine, image, portrait.BlurOptions(f_number=2.0))

The two steps, for who needs the matte, or renders it more than once:

>>> matte = engine.find_matte(image)
>>> result = engine.render(image, matte, portrait.BlurOptions(f_number=2.0))
>>> look = portrait.Look(background=portrait.load_background("image:beach.jpg"))
>>> on_the_beach = engine.render(image, matte, look)
>>> look = portrait.Look(background=portrait.Background("transparent"))
>>> cut_out = portrait.to_rgba(engine.render(image, matte, look), matte)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portrait.core.lens.blur_options import BlurOptions
    from portrait.core.lens.thin_lens import Lens
    from portrait.core.render.look import Background, Look
    from portrait.core.render.photo import to_rgba
    from portrait.engine import PortraitEngine, PortraitResult, open_engine
    from portrait.errors import PortraitError
    from portrait.files.background import load_background
    from portrait.live import live_processor
    from portrait.photo.one_call import make_portrait

__version__ = "0.1.0"
APP_ID = "io.github.portrait_app.Portrait"  # the only place; who publishes puts their own here: docs/adr/115
__all__ = [
    "Background",
    "BlurOptions",
    "Lens",
    "Look",
    "PortraitEngine",
    "PortraitError",
    "PortraitResult",
    "live_processor",
    "load_background",
    "make_portrait",
    "open_engine",
    "to_rgba",
]

_HOMES = {
    "Background": "portrait.core.render.look",
    "BlurOptions": "portrait.core.lens.blur_options",
    "Lens": "portrait.core.lens.thin_lens",
    "Look": "portrait.core.render.look",
    "PortraitEngine": "portrait.engine",
    "PortraitError": "portrait.errors",
    "PortraitResult": "portrait.engine",
    "live_processor": "portrait.live",
    "load_background": "portrait.files.background",
    "make_portrait": "portrait.photo.one_call",
    "open_engine": "portrait.engine",
    "to_rgba": "portrait.core.render.photo",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: ``import portrait.core`` must not open onnxruntime."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
