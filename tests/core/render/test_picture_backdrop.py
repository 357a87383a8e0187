"""Another image behind the subject: where it stands, how sharp it is, its light, and the subject's shadow on it."""

from collections.abc import Callable
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from portrait.core import strips
from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.lens.blur_options import BlurOptions
from portrait.core.lens.thin_lens import Lens
from portrait.core.render.live import render_live
from portrait.core.render.look import Backdrop, Background, Look
from portrait.core.render.photo import render
from portrait.core.render.picture_backdrop import matching_gain, picture_radius_px
from portrait.core.render.prepared_picture import fit_background, relight_picture
from portrait.core.render.shadow import cast_shadow

Scene = Callable[[int, int], tuple[RgbImage, AlphaMatte]]
BLUR = BlurOptions(2.0, lens=Lens(85.0, 2.0))


def quarters(height: int, width: int) -> RgbImage:
    """Red and green above, blue and white below."""
    colors = np.array([[(200, 0, 0), (0, 200, 0)], [(0, 0, 200), (200, 200, 200)]], np.uint8)
    return np.ascontiguousarray(colors.repeat(height // 2, axis=0).repeat(width // 2, axis=1))


def figure(height: int, width: int, foot: int) -> AlphaMatte:
    alpha = np.zeros((height, width), np.float32)
    cv2.ellipse(alpha, (width // 2, foot // 2), (width // 8, foot // 2 - 4), 0, 0, 360, 1.0, -1)
    return alpha


def portrait(scene: tuple[RgbImage, AlphaMatte], picture: RgbImage, make=render, **values: object) -> RgbImage:
    background = Background("image", picture=picture, backdrop=Backdrop(**values))
    return make(*scene, Look(BLUR, background, grain="off"))


@pytest.mark.parametrize("make", [render, render_live], ids=["photo", "live"])
def test_position_and_scale_choose_the_part_that_is_shown(portrait_scene: Scene, make) -> None:
    scene, picture = portrait_scene(80, 80), quarters(160, 320)
    corners = {(0.0, 0.0): (200, 0, 0), (1.0, 0.0): (0, 200, 0), (0.0, 1.0): (0, 0, 200), (1.0, 1.0): (200,) * 3}
    for (x, y), color in corners.items():
        shown = portrait(scene, picture, make, x=x, y=y, scale=2.5)
        for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
            np.testing.assert_allclose(shown[row, column], color, atol=1)
    background = Background("image", picture=picture, backdrop=Backdrop(x=1.0, y=1.0, scale=2.5))
    fitted = fit_background(background, 80, 80)
    look, fitted_look = (Look(BLUR, one, grain="off") for one in (background, fitted))
    np.testing.assert_array_equal(render_live(*scene, fitted_look), render_live(*scene, look))
    assert fit_background(fitted, 80, 80) is fitted


def test_a_picture_blurs_by_its_distance(portrait_scene: Scene) -> None:
    scene, picture = portrait_scene(120, 120), quarters(120, 120)
    radii = []
    for distance in (None, 0.5, 2.0, 100.0):
        look = Look(BLUR, Background("image", picture=picture, backdrop=Backdrop(distance_m=distance)))
        radii.append(picture_radius_px(look, 120, 120))
    whole = BLUR.blur_radius_px(120, 120)
    np.testing.assert_allclose(radii, [0.0, 0.2 * whole, 0.5 * whole, whole], rtol=0.03)
    sharp, near, far = (portrait(scene, picture, distance_m=d)[2].astype(int) for d in (None, 0.5, 100.0))
    steepest = [np.abs(np.diff(row, axis=0)).max() for row in (sharp, near, far)]
    assert steepest[0] > steepest[1] > 1.5 * steepest[2]
    np.testing.assert_array_equal(sharp, portrait(scene, picture)[2])


def test_light_is_matched_within_bounds() -> None:
    rng = np.random.default_rng(3)
    room = cv2.resize(rng.integers(40, 200, (12, 16, 3), dtype=np.uint8), (160, 120))
    nobody = np.zeros((120, 160), np.float32)
    np.testing.assert_allclose(matching_gain(room, nobody, room), 1.0, atol=1e-5)
    warm = np.clip(room * np.array([1.15, 1.0, 0.85]), 0, 255).astype(np.uint8)
    gain = matching_gain(warm, nobody, room)
    assert gain[0] > 1.05 > 0.95 > gain[2]
    night = np.full((50, 50, 3), 12, np.uint8)
    assert matching_gain(room, nobody, night).max() < 3.0, "a night stays a night"
    subject = np.zeros_like(nobody)
    subject[:, :80] = 1.0
    dressed = room.copy()
    dressed[:, :80] = (250, 20, 20)
    behind = np.ascontiguousarray(room[:, 80:])
    expected = matching_gain(behind, np.zeros((120, 80), np.float32), room)
    np.testing.assert_allclose(matching_gain(dressed, subject, room), expected, atol=0.03)


def test_a_picture_in_other_light_is_not_clipped(portrait_scene: Scene) -> None:
    image, alpha = portrait_scene(80, 80)
    ramp = np.tile(np.arange(80, dtype=np.uint8)[:, None, None] * 3, (1, 80, 3))
    lit = portrait((np.maximum(image, 150), alpha), np.ascontiguousarray(ramp), light="match")
    assert np.all(np.diff(lit[:, 2].astype(int).sum(axis=1)) >= 0)
    assert lit[-1, 2].max() < 255
    assert lit[20, 2].sum() > ramp[20, 2].sum()


@pytest.mark.parametrize(
    "values",
    [{"distance_m": 3.0}, {"light": "match"}, {"shadow": 0.7}, {"scale": 1.5, "distance_m": 1.0, "shadow": 1.0}],
    ids=["blurred", "lit", "shadow", "all"],
)
def test_live_sets_a_picture_up_as_photos_do(portrait_scene: Scene, values: dict[str, object]) -> None:
    image, picture = portrait_scene(96, 96)[0], quarters(96, 96)
    for foot in (80, 110):  # standing, and cut off
        scene = image // 2, figure(96, 96, foot)
        exact, live = (portrait(scene, picture, make, **values).astype(int) for make in (render, render_live))
        difference = np.abs(exact - live)
        assert difference.max() <= 3
        assert difference.mean() < 0.3
    assert np.abs(portrait(scene, picture, render).astype(int) - exact).max() > 10, "there is something to see"


def test_a_picture_is_lit_as_its_light_would_be() -> None:
    levels = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(16, 16, 3)
    lit = relight_picture(levels, np.array([1.8, 1.0, 0.5], np.float32)).reshape(256, 3).astype(int)
    np.testing.assert_array_equal(lit[:, 1], np.arange(256))
    assert np.all(np.diff(lit, axis=0) >= 0)
    assert lit[128, 0] > 150
    assert lit[128, 2] == pytest.approx(92, abs=1)  # half of the light


def test_who_stands_has_a_shadow_at_the_feet_and_who_is_cut_off_one_on_the_wall() -> None:
    standing, cut_off = (cast_shadow(figure(200, 160, foot)) for foot in (170, 230))
    assert standing.max() <= 1.0
    assert standing[160:176, 80].max() > 0.5
    assert standing[60].max() < 0.02, "nothing on a wall that is far behind"
    assert standing[168, 5] < 0.02
    assert cut_off[120, 110] > 0.05
    assert cut_off[120, 80] < 0.45, "a soft one"
    assert not cast_shadow(np.zeros((50, 60), np.float32)).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_shadow_darkens_what_is_behind_and_nothing_else(dtype: type) -> None:
    alpha = figure(200, 160, 170)
    image = np.full((200, 160, 3), 90 if dtype == np.uint8 else 90 * 257, dtype)
    grey = Background("color", color=(200, 200, 200))
    without = render(image, alpha, Look(background=grey))
    backdrop = Backdrop(shadow=0.8)
    look = Look(background=Background("color", color=(200, 200, 200), backdrop=backdrop))
    with_shadow = render(image, alpha, look)
    np.testing.assert_array_equal(with_shadow[alpha == 1.0], image[alpha == 1.0])
    scale = 1 if dtype == np.uint8 else 257
    darker = (without.astype(int) - with_shadow)[..., 0] / scale * (alpha == 0.0)
    assert darker[162:172, 70:90].max() > 25
    assert darker[:100].max() < 5
    assert np.all(with_shadow <= without.astype(int) + scale)
    with patch.object(strips, "STRIP_PIXELS", 160 * 8):
        np.testing.assert_array_equal(render(image, alpha, look), with_shadow)


@pytest.mark.parametrize("values", [{"x": 1.5}, {"scale": 0.5}, {"distance_m": 0.0}, {"light": "on"}, {"shadow": -0.1}])
def test_what_cannot_be_set_up_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        Backdrop(**values)  # type: ignore[arg-type]
