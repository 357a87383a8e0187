"""The menu of what the live picture shows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from portrait.engine import PortraitEngine
from portrait.gui.live.live_service import LiveFrame
from portrait.settings import Settings
from tests.photo.pets import DOG, PERSON, PetSegmenter

pytestmark = pytest.mark.slow


@pytest.fixture
def under_test(open_window: Callable):
    return open_window(lambda: PortraitEngine(PetSegmenter()), replace(Settings(), live_width=160, live_height=120))


def test_what_is_checked_stays_sharp_while_live_runs(under_test, live_page) -> None:
    mattes: list[Any] = []

    def keep(shown: LiveFrame) -> None:
        mattes.append(shown.result.matte)

    under_test.shell.bridge.live.frame_shown.connect(keep)
    menu, button = live_page.subject_menu, live_page.subject_button
    assert not button.isEnabled()
    live_page.play_demo()
    under_test.wait(lambda: bool(mattes) and button.isEnabled())
    assert mattes[-1][PERSON].mean() > 0.9 > mattes[-1][DOG].mean()

    menu.aboutToShow.emit()
    under_test.wait(lambda: len(menu.actions()) == 2 and "Dog" in menu.actions()[1].text())
    menu.actions()[1].trigger()
    under_test.wait(lambda: mattes[-1][DOG].mean() > 0.9)
    assert mattes[-1][PERSON].mean() > 0.9
    assert under_test.shell.model.settings.live_subject == "person,dog"
    assert under_test.shell.model.settings.subject == "", "photos have a subject of their own"

    live_page.stop()
    under_test.wait(lambda: not live_page.is_running)
    assert not button.isEnabled()


def test_a_class_that_is_unknown_is_told_and_the_room_is_blurred(under_test, live_page) -> None:
    under_test.shell.model.set_value("live_subject", "unicorn")
    with_error: list[object] = []
    under_test.shell.bridge.live.look_refused.connect(lambda _, error: with_error.append(error))
    live_page.play_demo()
    under_test.wait(lambda: live_page.banner.kind is not None)
    assert with_error
    assert "unicorn" in live_page.banner.text
    under_test.shell.model.set_value("live_subject", "")
    under_test.wait(lambda: live_page.banner.kind is None)
    live_page.stop()
    under_test.wait(lambda: not live_page.is_running)
