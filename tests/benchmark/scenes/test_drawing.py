"""Coverage by counting: areas of known shapes."""

import numpy as np
import pytest

from portrait.benchmark.scenes.drawing import Canvas, Layer, ellipse, fill_alpha, linear, ribbon, smooth_curve, stack


def test_alpha_is_the_area_covered() -> None:
    alpha = fill_alpha([ellipse((20.3, 15.6), (9.0, 6.0), 200)], 32, 40)
    assert alpha.sum() == pytest.approx(np.pi * 54.0, rel=0.03)
    assert alpha[16, 20] == 1.0
    assert alpha[0, 0] == 0.0


def test_a_line_thinner_than_a_pixel_covers_its_share() -> None:
    line = ribbon(np.array([[4.0, 10.0], [35.0, 10.0]]), np.full(2, 0.3))
    alpha = fill_alpha([line], 20, 40)
    assert 0.25 < alpha[10, 20] < 0.7
    assert alpha[8:13, 20].sum() < 0.7


def test_colors_are_kept_where_little_is_covered() -> None:
    canvas = Canvas(20, 40)
    canvas.fill(ribbon(np.array([[4.0, 10.0], [35.0, 10.0]]), np.full(2, 0.3)), (200.0, 40.0, 90.0))
    layer = canvas.to_layer()
    np.testing.assert_allclose(layer.light[10, 20], linear((200.0, 40.0, 90.0)), atol=1e-6)


def test_too_many_colors_are_refused() -> None:
    canvas = Canvas(8, 8)
    for level in range(256):
        canvas.fill(ellipse((4.0, 4.0), (2.0, 2.0)), (float(level), 0.0, 0.0))
    with pytest.raises(ValueError, match="255 colours"):
        canvas.to_layer()


def test_the_front_layer_hides_the_one_behind() -> None:
    shape = (4, 4)
    back = Layer(np.full((*shape, 3), 0.2, np.float32), np.ones(shape, np.float32))
    front = Layer(np.full((*shape, 3), 0.8, np.float32), np.full(shape, 0.25, np.float32))
    both = stack([back, front])
    np.testing.assert_allclose(both.alpha, 1.0)
    np.testing.assert_allclose(both.light, 0.25 * 0.8 + 0.75 * 0.2, rtol=1e-6)
    np.testing.assert_allclose(stack([front, front]).alpha, 1.0 - 0.75**2)


@pytest.mark.parametrize("closed", [False, True])
def test_curves_pass_through_their_corners(closed: bool) -> None:
    corners = np.array([[0.0, 0.0], [4.0, 1.0], [5.0, 6.0], [-1.0, 4.0]])
    curve = smooth_curve(corners, closed=closed)
    for corner in corners:
        assert np.hypot(*(curve - corner).T).min() < 1e-9
