"""The people of the scenes by name, each hard to matte in some way: fine hair, glasses, gaps between arm and body."""

from collections.abc import Mapping

from portrait.benchmark.scenes.drawing import Color
from portrait.benchmark.scenes.hair import HairStyle
from portrait.benchmark.scenes.people import Person

_BROWN: Color = (92.0, 62.0, 42.0)
_BLACK: Color = (44.0, 36.0, 34.0)
_BLOND: Color = (196.0, 158.0, 104.0)
_RED: Color = (156.0, 84.0, 42.0)
_GREY: Color = (186.0, 182.0, 178.0)

_PALE: Color = (230.0, 184.0, 154.0)
_TAN: Color = (214.0, 164.0, 132.0)
_OLIVE: Color = (186.0, 138.0, 106.0)
_DARK: Color = (120.0, 82.0, 62.0)

_STRAIGHT = HairStyle(_BROWN, 4.0)
_LOOSE = HairStyle(_BLOND, 3.6, volume=0.2, wave=0.05, wave_length=0.9, flyaways=160, width_px=1.1)
_FRIZZY = HairStyle(_RED, 3.4, volume=0.22, wave=0.07, wave_length=0.7)
_CURLS = HairStyle(_BLACK, 0.9, strands=2300, volume=0.25, wave=0.06, wave_length=0.2, lift=0.8)
_GREY_CURLS = HairStyle(_GREY, 0.8, strands=2000, volume=0.2, wave=0.05, wave_length=0.24, lift=0.7, width_px=1.0)
_CROP = HairStyle(_BLACK, 0.5, strands=2200, volume=0.08, lift=0.4, flyaways=60)
_SPIKES = HairStyle(_BROWN, 0.7, strands=1300, volume=0.08, lift=0.75, part=0.0, flyaways=40)
_BOB = HairStyle(_BLACK, 1.9, volume=0.16, flyaways=70)
_WINDY = HairStyle(_BLOND, 2.6, volume=0.2, wave=0.03, wind=0.9, flyaways=220, width_px=1.0)
_FINE = HairStyle(_GREY, 1.3, strands=900, volume=0.12, wave=0.03, lift=0.25, flyaways=200, width_px=0.8)
_SOFT = HairStyle(_BROWN, 1.1, strands=1400, volume=0.1, wave=0.04, wave_length=0.5, lift=0.2, width_px=0.9)

CAST: Mapping[str, Person] = {
    "straight hair": Person(_STRAIGHT, _PALE, shirt="knit", shirt_color=(150, 70, 60), tilt_deg=4),
    "loose hair": Person(_LOOSE, _PALE, shirt_color=(214, 206, 196), tilt_deg=-6, x_share=-0.04),
    "frizzy hair": Person(_FRIZZY, _PALE, shirt="stripes", shirt_color=(40, 50, 80), glasses=0.03),
    "curls": Person(_CURLS, _DARK, shirt="plaid", shirt_color=(120, 40, 40), beard=0.12, y_share=0.46),
    "grey curls": Person(_GREY_CURLS, _TAN, shirt="knit", shirt_color=(84, 104, 96), glasses=0.012, y_share=0.45),
    "cropped hair": Person(_CROP, _OLIVE, shirt_color=(52, 54, 60), beard=0.07, tilt_deg=5, y_share=0.44),
    "spiked hair": Person(_SPIKES, _TAN, shirt="denim", shirt_color=(74, 92, 124), x_share=0.05, y_share=0.45),
    "bob": Person(_BOB, _TAN, shirt="knit", shirt_color=(196, 176, 140), tilt_deg=-4),
    "wind": Person(_WINDY, _PALE, shirt_color=(60, 92, 110), x_share=-0.06, head_px_share=0.17, y_share=0.4),
    "fine hair": Person(_FINE, _TAN, shirt="plaid", shirt_color=(90, 96, 108), glasses=0.02, x_share=0.03),
    "bald": Person(None, _OLIVE, shirt_color=(86, 78, 70), beard=0.28, y_share=0.43),
    "waving": Person(
        _CROP, _TAN, shirt="stripes", shirt_color=(52, 40, 40), arms=("hip", "wave"), bare_arms=True,
        head_px_share=0.108, y_share=0.26, x_share=-0.03,
    ),
    "holding glasses": Person(
        _BOB, _DARK, shirt_color=(200, 160, 60), arms=("wave", "hip"), glasses=0.022, holds_glasses=True,
        head_px_share=0.112, y_share=0.27, x_share=0.03,
    ),
    "hands on hips": Person(
        _WINDY, _PALE, shirt="plaid", shirt_color=(60, 90, 60), arms=("hip", "hip"), head_px_share=0.108, y_share=0.25,
    ),
    "arm behind head": Person(
        _LOOSE, _OLIVE, shirt="denim", shirt_color=(70, 88, 120), arms=("behind_head", "down"),
        head_px_share=0.118, y_share=0.28, x_share=0.02,
    ),
    "standing": Person(
        _GREY_CURLS, _DARK, shirt="knit", shirt_color=(70, 64, 92), arms=("down", "down"),
        head_px_share=0.1, y_share=0.24,
    ),
    "child": Person(
        _SOFT, _PALE, shirt="stripes", shirt_color=(150, 60, 56), arms=("down", "wave"), bare_arms=True, broad=0.85,
        head_px_share=0.085, y_share=0.52, x_share=0.14,
    ),
    "parent": Person(
        _STRAIGHT, _PALE, shirt_color=(72, 84, 70), arms=("hip", None), head_px_share=0.11, y_share=0.27, x_share=-0.13,
    ),
}  # fmt: skip
