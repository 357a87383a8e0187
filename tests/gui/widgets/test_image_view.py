"""Fit, divider and held original."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from portrait.gui.widgets.image_view import ImageView

BEFORE, AFTER = QColor(200, 30, 30), QColor(30, 30, 200)


def plain(color: QColor, width: int = 400, height: int = 200) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(color)
    return image


@pytest.fixture
def view(qtbot: QtBot) -> ImageView:
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(600, 500)
    view.set_images(plain(BEFORE), plain(AFTER))
    view.show()
    qtbot.waitExposed(view)
    return view


def color_at(view: ImageView, x_fraction: float) -> QColor:
    """Colour on the lower part of the picture, away from tags and handle."""
    rect = view.image_rect()
    point = QPoint(rect.left() + round(x_fraction * (rect.width() - 1)), rect.top() + round(0.8 * rect.height()))
    ratio = view.devicePixelRatioF()
    return view.grab().toImage().pixelColor(round(point.x() * ratio), round(point.y() * ratio))


@pytest.mark.parametrize("size", [(400, 200), (200, 400), (3000, 10), (1, 1)])
def test_the_picture_is_fitted_centred_and_keeps_its_shape(view: ImageView, size: tuple[int, int]) -> None:
    view.set_images(plain(BEFORE, *size))
    rect = view.image_rect()
    assert view.rect().contains(rect)
    assert abs(rect.center().x() - view.rect().center().x()) <= 1
    assert abs(rect.center().y() - view.rect().center().y()) <= 1
    scale = max(rect.width() / size[0], rect.height() / size[1])
    assert rect.width() == pytest.approx(scale * size[0], abs=1.0)
    assert rect.height() == pytest.approx(scale * size[1], abs=1.0)


def test_the_portrait_is_shown_and_the_original_while_space_is_held(view: ImageView, qtbot: QtBot) -> None:
    assert color_at(view, 0.5) == AFTER
    qtbot.keyPress(view, Qt.Key.Key_Space)
    assert color_at(view, 0.5) == BEFORE
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert color_at(view, 0.5) == AFTER


def test_the_original_is_shown_while_the_mouse_is_held(view: ImageView, qtbot: QtBot) -> None:
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=view.rect().center())
    assert view.is_original_held
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=view.rect().center())
    assert not view.is_original_held


def test_losing_the_focus_lets_go_of_the_original(view: ImageView, qtbot: QtBot) -> None:
    view.setFocus()
    qtbot.keyPress(view, Qt.Key.Key_Space)
    view.clearFocus()
    assert not view.is_original_held


def test_the_divider_parts_original_and_portrait(view: ImageView) -> None:
    view.set_split(True)
    view.set_divider(0.3)
    assert color_at(view, 0.2) == BEFORE
    assert color_at(view, 0.4) == AFTER


def test_the_divider_follows_the_mouse_and_stays_in_the_picture(view: ImageView, qtbot: QtBot) -> None:
    view.set_split(True)
    rect = view.image_rect()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=rect.center())
    qtbot.mouseMove(view, QPoint(rect.left() + rect.width() // 4, rect.center().y()))
    assert view.divider_fraction == pytest.approx(0.25, abs=0.01)
    qtbot.mouseMove(view, QPoint(view.width() + 500, rect.center().y()))
    assert view.divider_fraction == 1.0
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton)
    qtbot.mouseMove(view, rect.center())
    assert view.divider_fraction == 1.0


def test_arrow_keys_move_the_divider_only_when_it_is_shown(view: ImageView, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.divider_fraction == 0.5
    view.set_split(True)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.divider_fraction == pytest.approx(0.48)


def test_a_picture_that_is_to_go_recedes_until_the_next_is_shown(view: ImageView) -> None:
    view.dim()
    assert color_at(view, 0.5) not in (BEFORE, AFTER)
    view.set_images(plain(BEFORE), plain(AFTER))
    assert color_at(view, 0.5) == AFTER


def test_the_focus_is_visible_to_who_uses_the_keys(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    button, view = QPushButton(), ImageView()
    for widget in (button, view):
        column.addWidget(widget)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    view.setFocus()
    by_click = view.grab().toImage()
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Tab)
    assert view.hasFocus()
    assert view.grab().toImage() != by_click


def test_without_a_picture_there_is_nothing_to_hold(view: ImageView, qtbot: QtBot) -> None:
    view.clear()
    assert view.image_rect().isEmpty()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=view.rect().center())
    assert not view.is_original_held
    assert not view.grab().isNull()


def test_a_divider_that_is_dragged_while_the_image_goes_stays(view: ImageView, qtbot: QtBot) -> None:
    """A photo may be closed, or fail to open, while the button is down."""
    view.set_split(True)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=view.image_rect().center())
    place = view.divider_fraction
    view.clear()
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    view.mouseMoveEvent(QMouseEvent(QEvent.Type.MouseMove, QPointF(200, 200), QPointF(200, 200), button, button, none))
    assert view.divider_fraction == place
