"""The live picture follows the person when asked to, and never else."""

from dataclasses import replace
from typing import Any

import numpy as np

from portrait.capture import Frame
from portrait.engine import PortraitResult
from portrait.live import AutoFramer

HEIGHT, WIDTH = 90, 160


def shown(framer: AutoFramer, number: int, column: int) -> tuple[PortraitResult, Frame, bool]:
    """The shown frame of a white person at a column; whether it is the given one."""
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    matte[40:90, column - 10 : column + 10] = 1.0
    image = np.repeat((255 * matte).astype(np.uint8)[..., None], 3, axis=2)
    given, frame = PortraitResult(number, image, matte, {"render": 1.0}), Frame(image, number, number / 30.0)
    result, cropped = framer.apply(given, frame)
    return result, cropped, result is given and cropped is frame


def test_the_whole_frame_is_shown_unless_asked_for_more() -> None:
    framer = AutoFramer()
    assert all(shown(framer, number, 30)[2] for number in range(5))


def test_a_person_at_the_edge_comes_into_the_middle_and_back_when_it_is_switched_off() -> None:
    framer = AutoFramer(is_on=True)
    for number in range(120):
        result, frame, _ = shown(framer, number, 56)
    assert result.image.shape == frame.image.shape == (HEIGHT, WIDTH, 3)
    np.testing.assert_array_equal(result.image, frame.image)
    columns = np.flatnonzero(result.matte.max(axis=0) > 0.5)
    assert abs(columns.mean() - WIDTH / 2) < 8
    assert np.ptp(columns) > 26, "magnified"
    assert set(result.timings_ms) == {"render", "frame"}
    framer.is_on = False
    assert not shown(framer, 120, 56)[2], "not at once"
    assert [shown(framer, number, 56)[2] for number in range(121, 240)][-1]


class UpsideDown(AutoFramer):
    """Shows frames upside down."""

    def apply(self, result: PortraitResult, frame: Frame) -> tuple[PortraitResult, Frame]:
        return replace(result, image=result.image[::-1]), replace(frame, image=frame.image[::-1])


def test_a_session_shows_what_its_framer_gives(
    source: Any, scripted_engine: Any, listener: Any, picture: Any, make_session: Any
) -> None:
    for framer, step in ((UpsideDown(), -1), (None, 1)):
        session = make_session(source, scripted_engine, framer=framer)
        session.start()
        source.push(picture)
        result, frame = listener.next_result()
        np.testing.assert_array_equal(frame.image, picture[::step])
        np.testing.assert_array_equal(result.image[::step][24, 32], picture[24, 32])
        session.stop()
