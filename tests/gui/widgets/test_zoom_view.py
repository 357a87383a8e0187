"""Zoom and pan by wheel, mouse and keys."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from pytestqt.qtbot import QtBot

from portrait.gui.widgets.zoom_view import ZoomView


@pytest.fixture
def view(qtbot: QtBot) -> ZoomView:
    view = ZoomView()
    qtbot.addWidget(view)
    view.resize(432, 332)
    image = QImage(400, 300, QImage.Format.Format_RGB888)
    image.fill(QColor(30, 30, 200))
    view.set_images(image)
    view.set_full_size((4000, 3000))
    view.show()
    qtbot.waitExposed(view)
    return view


def turn(view: ZoomView, notches: int, at: QPoint) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(view.mapToGlobal(at)), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    view.wheelEvent(event)


def test_the_wheel_zooms_about_the_pointer(view: ZoomView) -> None:
    at = QPoint(120, 80)
    share = view.share_at(QPointF(at))
    turn(view, 4, at)
    assert view.viewport.scale == pytest.approx(0.1 * 1.25**4)
    assert view.share_at(QPointF(at)) == pytest.approx(share)
    turn(view, -9, at)
    assert view.viewport.is_fitted


def test_a_double_click_toggles_between_all_and_one_to_one(view: ZoomView, qtbot: QtBot) -> None:
    at = QPoint(150, 100)
    share = view.share_at(QPointF(at))
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert view.viewport.scale == 1.0
    assert view.share_at(QPointF(at)) == pytest.approx(share)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert view.viewport.is_fitted


def drag(view: ZoomView, qtbot: QtBot, start: QPoint, stop: QPoint, button=Qt.MouseButton.LeftButton) -> None:
    qtbot.mousePress(view, button, pos=start)
    qtbot.mouseMove(view, stop)
    qtbot.mouseRelease(view, button, pos=stop)


def test_a_drag_moves_what_is_magnified(view: ZoomView, qtbot: QtBot) -> None:
    view.zoom_to(1.0)
    share = view.share_at(QPointF(200, 150))
    drag(view, qtbot, QPoint(200, 150), QPoint(260, 100))
    assert view.share_at(QPointF(260, 100)) == pytest.approx(share)
    assert not view.is_original_held


def test_with_a_divider_the_middle_button_or_space_moves(view: ZoomView, qtbot: QtBot) -> None:
    view.zoom_to(1.0)
    view.set_split(True)
    center = view.viewport.center
    drag(view, qtbot, QPoint(200, 150), QPoint(260, 100), Qt.MouseButton.MiddleButton)
    assert view.viewport.center != center
    center, divider = view.viewport.center, view.divider_fraction
    qtbot.keyPress(view, Qt.Key.Key_Space)
    drag(view, qtbot, QPoint(200, 150), QPoint(240, 140))
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert view.viewport.center != center
    assert view.divider_fraction == divider


def test_the_original_is_held_by_backslash_at_any_zoom(view: ZoomView, qtbot: QtBot) -> None:
    view.zoom_to(2.0)
    qtbot.keyPress(view, Qt.Key.Key_Backslash)
    assert view.is_original_held
    qtbot.keyRelease(view, Qt.Key.Key_Backslash)
    assert not view.is_original_held
    qtbot.keyPress(view, Qt.Key.Key_Space)
    assert not view.is_original_held, "Space moves a magnified image"
    qtbot.keyRelease(view, Qt.Key.Key_Space)


def test_a_small_image_is_not_enlarged(view: ZoomView) -> None:
    view.set_full_size((40, 30))
    assert view.image_rect().width() == round(40 / view.devicePixelRatioF())
