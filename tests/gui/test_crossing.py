"""Messages arrive on the GUI thread, in order, and not after closing."""

import sys
import threading

import pytest
from PySide6.QtCore import QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from portrait.gui.crossing import Crossing


class Receiver(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[object] = []
        self.threads: set[QThread] = set()
        self.crossing = Crossing(self.on_message, self)

    @Slot(object)
    def on_message(self, message: object) -> None:
        self.messages.append(message)
        self.threads.add(QThread.currentThread())


@pytest.fixture
def receiver(qapp: object) -> Receiver:
    return Receiver()


def post_from_a_thread(crossing: Crossing, messages: list[int]) -> None:
    thread = threading.Thread(target=lambda: [crossing.post(message) for message in messages])
    thread.start()
    thread.join()


def test_messages_arrive_in_order_on_the_gui_thread(receiver: Receiver, qtbot: QtBot) -> None:
    post_from_a_thread(receiver.crossing, list(range(50)))
    assert receiver.messages == [], "delivered on the sender's thread"
    qtbot.waitUntil(lambda: len(receiver.messages) == 50)
    assert receiver.messages == list(range(50))
    assert receiver.threads == {receiver.thread()}


def test_signals_keep_the_references_of_python(receiver: Receiver) -> None:
    before = sys.getrefcount(True)
    for _ in range(100):
        receiver.objectNameChanged.emit("name")
    assert sys.getrefcount(True) - before > -50, "this PySide6 aborts Python 3.11, see pyproject.toml"


def test_nothing_is_posted_after_closing(receiver: Receiver, qtbot: QtBot) -> None:
    receiver.crossing.post("before")
    receiver.crossing.close()
    post_from_a_thread(receiver.crossing, [1, 2, 3])
    qtbot.waitUntil(lambda: bool(receiver.messages))
    assert receiver.messages == ["before"]
