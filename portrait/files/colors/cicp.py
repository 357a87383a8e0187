"""Coding-independent code points (ITU-T H.273): nclx in HEIC and AVIF, cICP in PNG and ICC profiles, JPEG 2000."""

from dataclasses import replace

from portrait.core.high_dynamic_range import HdrCurve
from portrait.core.primaries import BT2020, DCI_WHITE, DISPLAY_P3, ILLUMINANT_C, ILLUMINANT_E, SRGB, Primaries
from portrait.files.colors.color_space import SRGB_CURVE, ColorSpace, Curve, hdr_space, rgb_space
from portrait.language import tr

UNSPECIFIED = 2

_SMPTE_170M = Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
_PRIMARIES = {
    1: SRGB,
    2: SRGB,
    4: Primaries((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), ILLUMINANT_C),
    5: Primaries((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: _SMPTE_170M,
    7: _SMPTE_170M,
    8: Primaries((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), ILLUMINANT_C),
    9: BT2020,
    10: Primaries((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), ILLUMINANT_E),
    11: replace(DISPLAY_P3, white=DCI_WHITE),
    12: DISPLAY_P3,
    22: Primaries((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
"""H.273, table 2. What is not specified is sRGB's (ISO/IEC 23000-22, 7.3.6.4)."""

_CAMERA_CURVES = (1, 6, 7, 11, 12, 14, 15)
"""Camera curves (BT.709 and similar), decoded by sRGB's curve as in browsers: such images are graded on displays of
about that curve (ITU-R BT.1886), not on ones that invert the camera curve.
"""

_CURVES: dict[int, Curve] = dict.fromkeys((UNSPECIFIED, 13, *_CAMERA_CURVES), SRGB_CURVE) | {
    4: (2.2,),
    5: (2.8,),
    8: (1.0,),
    17: (2.6, (52.37 / 48.0) ** (1.0 / 2.6), 0.0),
}
"""H.273, table 3."""

_HDR_CURVES: dict[int, HdrCurve] = {16: "PQ", 18: "HLG"}


def is_known(primaries: int, transfer: int) -> bool:
    """Whether `from_code_points` knows both."""
    return primaries in _PRIMARIES and (transfer in _CURVES or transfer in _HDR_CURVES)


def from_code_points(primaries: int, transfer: int, notes: list[str], *, is_narrow: bool = False) -> ColorSpace:
    """The colour space of ColourPrimaries and TransferCharacteristics; unknown ones count as sRGB's, with a note."""
    if primaries not in _PRIMARIES:
        notes.append(
            tr(
                "the colour primaries are unknown (code {primaries}) and were taken for those of sRGB",
                primaries=primaries,
            )
        )
    known = _PRIMARIES.get(primaries, SRGB)
    if transfer in _HDR_CURVES:
        return hdr_space(known, _HDR_CURVES[transfer], is_narrow=is_narrow)
    if transfer not in _CURVES:
        notes.append(
            tr("the transfer curve is unknown (code {transfer}) and was taken for that of sRGB", transfer=transfer)
        )
    return rgb_space(known, _CURVES.get(transfer, SRGB_CURVE), is_narrow=is_narrow)
