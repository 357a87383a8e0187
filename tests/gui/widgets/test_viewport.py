"""Zoom and place of an image, without Qt."""

import pytest

from portrait.gui.widgets.viewport import MOST_ZOOM, Viewport

ROOM = (16.0, 16.0, 800.0, 600.0)


def of(width: int, height: int) -> Viewport:
    return Viewport().in_room((width, height), ROOM)


def test_a_large_image_is_fitted_and_a_small_one_not_enlarged() -> None:
    assert of(4000, 2000).rect == pytest.approx((16, 116, 800, 400))
    assert of(80, 60).rect == pytest.approx((376, 286, 80, 60))


def test_the_place_under_the_pointer_stays_while_zooming() -> None:
    view = of(4000, 3000)
    share = view.to_share(500, 300)
    for steps in (3, 2, -1):
        view = view.stepped(steps, 500, 300)
        assert view.to_share(500, 300) == pytest.approx(share)
    assert view.to_screen(share) == pytest.approx((500, 300))


def test_zoom_ends_at_eight_to_one_and_at_the_whole_image() -> None:
    view = of(4000, 3000)
    assert view.stepped(99, 400, 300).stepped(99, 400, 300).scale == MOST_ZOOM
    assert view.stepped(5, 400, 300).stepped(-99, 100, 500) == view


def test_no_step_passes_over_one_to_one() -> None:
    view = of(4000, 3000)
    zooms = [view.scale]
    while view.scale < MOST_ZOOM:
        view = view.stepped(1, 400, 300)
        zooms.append(view.scale)
    assert 1.0 in zooms
    assert view.zoomed_to(1.1, 400, 300).stepped(-1, 400, 300).scale == 1.0


def test_there_is_no_gap_while_something_is_cut_off() -> None:
    view = of(4000, 3000).zoomed_to(1.0, 400, 300).panned(1e6, -1e6)
    left, top, _, height = view.rect
    assert left == pytest.approx(16.0)
    assert top + height == pytest.approx(616.0)
    wide = of(4000, 100).zoomed_to(1.0, 400, 300).panned(0.0, 500.0)
    assert wide.rect[1] == pytest.approx(16 + 250), "what fits is centred"


def test_another_room_keeps_the_place() -> None:
    view = of(4000, 3000).zoomed_to(2.0, 100, 100)
    larger = view.in_room((4000, 3000), (0.0, 0.0, 1000.0, 900.0))
    assert larger.scale == 2.0
    assert larger.center == view.center
    assert of(4000, 3000).in_room((4000, 3000), (0.0, 0.0, 400.0, 300.0)).is_fitted
