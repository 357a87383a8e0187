import numpy as np
import pytest

from portrait.core.color import decode_srgb
from portrait.core.high_dynamic_range import (
    DIFFUSE_WHITE_NITS,
    HdrCurve,
    decode_hlg,
    decode_pq,
    encode_pq,
    roll_off,
    tone_map,
)
from portrait.core.primaries import BT2020, SRGB, Primaries, adaptation_to_d50, luminance_weights, rgb_to_xyz


def grey_of(*levels: int) -> np.ndarray:
    return np.repeat(np.array(levels, np.uint16)[None, :, None], 3, axis=2)


def pq_levels(*nits: float) -> np.ndarray:
    return grey_of(*np.rint(65_535 * encode_pq(np.array(nits))).astype(int))


def light_of(image: np.ndarray) -> np.ndarray:
    return decode_srgb(image / 65_535.0)


def test_pq_is_that_of_the_standard() -> None:
    """BT.2408-7, table 1: diffuse white at 58 %, and BT.2100's own ends."""
    np.testing.assert_allclose(
        decode_pq(np.array([0.0, 0.5807, 0.7518, 1.0])), [0.0, 203.0, 1_000.0, 10_000.0], rtol=1e-3
    )
    nits = np.geomspace(0.001, 10_000.0, 50)
    np.testing.assert_allclose(decode_pq(encode_pq(nits)), nits, rtol=1e-9)


def test_hlg_is_that_of_the_standard() -> None:
    """BT.2100-2, table 5: the branches meet at 1/12; BT.2408-7: diffuse white at 75 % is 203 cd/m² of 1,000."""
    np.testing.assert_allclose(decode_hlg(np.array([0.0, 0.5, 0.5000001, 1.0])), [0.0, 1 / 12, 1 / 12, 1.0], atol=1e-6)
    assert 1_000.0 * decode_hlg(np.array(0.75)) ** 1.2 == pytest.approx(DIFFUSE_WHITE_NITS, rel=5e-3)


@pytest.mark.parametrize("peak", [50.0, 203.0, 400.0, 1_000.0, 4_000.0, 10_000.0])
def test_the_roll_off_rises_from_black_to_white(peak: float) -> None:
    nits = np.linspace(0.0, peak, 5_000)
    shown = roll_off(nits, peak)
    assert (np.diff(shown) >= -1e-9).all()
    assert shown[0] == pytest.approx(0.0, abs=1e-6)
    assert shown[-1] == pytest.approx(min(peak, DIFFUSE_WHITE_NITS), rel=1e-6)
    assert (shown <= nits + 1e-6).all()
    assert roll_off(np.array([2.0 * peak]), peak)[0] <= DIFFUSE_WHITE_NITS * (1 + 1e-9)


def test_what_is_darker_than_the_knee_stays() -> None:
    np.testing.assert_allclose(roll_off(np.array([1.0, 20.0, 60.0]), 1_000.0), [1.0, 20.0, 60.0], rtol=1e-9)


def test_a_picture_without_highlights_is_shown_as_bright_as_it_is() -> None:
    nits = np.linspace(0.0, DIFFUSE_WHITE_NITS, 64)
    np.testing.assert_allclose(light_of(tone_map(pq_levels(*nits), "PQ", BT2020))[0, :, 1], nits / 203.0, atol=2e-3)


@pytest.mark.parametrize("curve", ["PQ", "HLG"])
def test_highlights_stay_apart_and_hues_stay(curve: HdrCurve) -> None:
    ramp = np.linspace(0.3, 1.0, 200)
    encoded = ramp if curve == "HLG" else encode_pq(4_000.0 * ramp**4)
    grey = tone_map(np.rint(65_535 * np.stack([encoded] * 3, axis=-1)[None]).astype(np.uint16), curve, BT2020)
    shown = grey[0, :, 0].astype(int)
    assert (np.diff(shown) >= -1).all()  # to the rounding of 16 bits
    assert (np.diff(shown[::20]) > 0).all()
    assert grey.max() == 65_535
    scene = np.stack([ramp, 0.5 * ramp, 0.25 * ramp], axis=-1)[None]
    if curve == "PQ":
        image = np.rint(65_535 * encode_pq(3_000.0 * scene)).astype(np.uint16)
        light = light_of(tone_map(image, curve, BT2020))
        np.testing.assert_allclose(light[..., 1] / light[..., 0], 0.5, atol=2e-3)
        np.testing.assert_allclose(light[..., 2] / light[..., 0], 0.25, atol=2e-3)


def test_hlg_of_a_grey_is_shown_with_the_gamma_of_its_system() -> None:
    levels = np.linspace(0.05, 0.6, 40)
    shown = light_of(tone_map(grey_of(*np.rint(65_535 * levels).astype(int)), "HLG", BT2020))[0, :, 0]
    np.testing.assert_allclose(shown, 1_000.0 / 203.0 * decode_hlg(levels) ** 1.2, atol=2e-3)


def test_8_bits_are_taken_and_strips_do_not_show() -> None:
    image = np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (4, 300, 3))
    shown = tone_map(image, "PQ", BT2020)
    np.testing.assert_array_equal(shown, tone_map(image.astype(np.uint16) * 257, "PQ", BT2020))
    np.testing.assert_array_equal(shown[:256], shown[256:512])
    np.testing.assert_array_equal(shown[:, 0], shown[:, -1])


def test_black_stays_black() -> None:
    assert not tone_map(np.zeros((5, 7, 3), np.uint16), "HLG", BT2020).any()
    assert not tone_map(np.zeros((5, 7, 3), np.uint8), "PQ", SRGB).any()


def test_primaries_become_the_matrices_of_their_standards() -> None:
    """IEC 61966-2-1 and BT.2087's luminance weights."""
    expected = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    np.testing.assert_allclose(rgb_to_xyz(SRGB), expected, atol=1e-4)
    np.testing.assert_allclose(luminance_weights(BT2020), [0.2627, 0.6780, 0.0593], atol=1e-4)
    np.testing.assert_allclose(
        adaptation_to_d50(SRGB) @ rgb_to_xyz(SRGB) @ np.ones(3), [0.9642, 1.0, 0.8249], atol=1e-4
    )


@pytest.mark.parametrize(
    "points",
    [
        ((0.3, 0.3), (0.4, 0.4), (0.5, 0.5), (0.31, 0.33)),
        ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06), (0.3, 0.0)),
        ((float("nan"), 0.3), (0.3, 0.6), (0.15, 0.06), (0.31, 0.33)),
        ((40.0, 0.3), (0.3, 0.6), (0.15, 0.06), (0.31, 0.33)),
    ],
)
def test_primaries_that_span_nothing_are_refused(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="span"):
        Primaries(*points)


def test_adaptation_is_that_of_bradford() -> None:
    """D65 to D50, as the profiles of sRGB hold it (ICC.1:2022, E.3)."""
    published = [[1.0479, 0.0229, -0.0502], [0.0296, 0.9905, -0.0171], [-0.0092, 0.0151, 0.7517]]
    np.testing.assert_allclose(adaptation_to_d50(SRGB), published, atol=5e-4)
