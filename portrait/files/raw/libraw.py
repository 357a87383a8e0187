"""Demosaicing of camera raw files by LibRaw, through rawpy. Nothing else imports it: files/raw/development runs it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rawpy

from portrait.core.arrays import DeepRgbImage
from portrait.errors import ImageFileError
from portrait.files.refusals import damaged, short_of_memory, too_large
from portrait.files.system.os_errors import read_error
from portrait.language import mark, tr

_WHITE_SHARE = 0.95
"""The brightest value counts as white if it is no darker than that share of the white that the file states: sensors
saturate somewhat earlier than their makers say, and what should be white would be pink. LibRaw's own share is 0.75, at
which the exposure would depend on the scene."""

_UNKNOWN_HINT = mark("--raw preview takes the camera's own picture inside; or develop it in another program.")


@dataclass(frozen=True, slots=True, eq=False)
class DevelopedLevels:
    """What LibRaw makes of a raw file.

    Attributes
    ----------
    linear
        uint16 (H, W, 3), upright, C-contiguous: linear light with the primaries of Display P3, whites balanced as the
        camera says.
    gain
        1 or more: what is this much below 65,535 is where the first colour of the sensor saturates.
    """

    linear: DeepRgbImage
    gain: float


def develop_levels(path: Path, max_megapixels: float) -> DevelopedLevels:
    """Develop a raw file: demosaicing by AHD (X-Trans by LibRaw's own way), bright lights blended.

    Raises
    ------
    ImageFileError
        It cannot be read, is none that LibRaw knows, has more than ``max_megapixels``, which its header tells before
        anything is decoded, is damaged, or the memory does not suffice.
    """
    pixels = 0
    try:
        with rawpy.RawPy() as raw, path.open("rb") as file:
            raw.open_buffer(file)
            sizes = raw.sizes
            pixels = max(sizes.raw_width * sizes.raw_height, sizes.iwidth * sizes.iheight)
            if pixels > 1e6 * max_megapixels:
                raise too_large(path, max_megapixels)
            raw.unpack()
            levels = raw.postprocess(_parameters())
            white = min(raw.auto_whitebalance[: raw.num_colors] if raw.auto_whitebalance else [1.0])
    except (MemoryError, rawpy.LibRawUnsufficientMemoryError, rawpy.LibRawTooBigError) as exc:
        raise short_of_memory(path, pixels, MemoryError(str(exc))) from exc
    except rawpy.LibRawFileUnsupportedError as exc:
        message = tr("{path} cannot be developed: LibRaw does not know its camera, or it is damaged", path=path)
        raise ImageFileError(message, tr(_UNKNOWN_HINT)) from exc
    except OSError as exc:
        raise read_error(path, exc) from exc
    except (rawpy.LibRawError, rawpy.NotSupportedError, ValueError) as exc:
        raise damaged(path, exc) from exc
    linear = np.ascontiguousarray(np.broadcast_to(levels, (*levels.shape[:2], 3)), np.uint16)
    return DevelopedLevels(linear, 1.0 / white if 0.0 < white < 1.0 else 1.0)


def _parameters() -> rawpy.Params:
    return rawpy.Params(
        demosaic_algorithm=rawpy.DemosaicAlgorithm.AHD,
        use_camera_wb=True,
        output_color=rawpy.ColorSpace.P3D65,
        output_bps=16,
        gamma=(1.0, 1.0),
        no_auto_bright=True,
        adjust_maximum_thr=_WHITE_SHARE,
        highlight_mode=rawpy.HighlightMode.Blend,
    )
