"""Messages arrive on the GUI thread, in order, and not after closing."""

import sys
import threading

import pytest
from PySide6.QtCore import QCoreApplication, QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from portrait.gui.threads.crossing import Crossing


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


def test_a_message_that_fails_keeps_none_back(qtbot: QtBot) -> None:
    received: list[int] = []

    def receive(number: int) -> None:
        received.append(number)
        if number == 0:
            raise ZeroDivisionError("a bug")

    owner = QObject()
    crossing = Crossing(receive, owner)
    with qtbot.captureExceptions() as exceptions:
        post_from_a_thread(crossing, [0, 1, 2])
        qtbot.waitUntil(lambda: len(received) == 3)
    assert [kind for kind, *_ in exceptions] == [ZeroDivisionError]


def test_more_messages_than_the_pair_of_sockets_holds_all_arrive(receiver: Receiver, qtbot: QtBot) -> None:
    post_from_a_thread(receiver.crossing, list(range(20_000)))
    qtbot.waitUntil(lambda: len(receiver.messages) == 20_000)
    assert receiver.messages == list(range(20_000))


def test_a_flood_takes_few_turns(receiver: Receiver, qtbot: QtBot) -> None:
    turns = 0

    def count() -> None:
        nonlocal turns
        turns += 1

    post_from_a_thread(receiver.crossing, list(range(2000)))
    QCoreApplication.eventDispatcher().awake.connect(count)
    try:
        qtbot.waitUntil(lambda: len(receiver.messages) == 2000)
    finally:
        QCoreApplication.eventDispatcher().awake.disconnect(count)
    assert 0 < turns < 500


def test_nothing_arrives_after_closing(receiver: Receiver, qtbot: QtBot) -> None:
    receiver.crossing.post("in time")
    qtbot.waitUntil(lambda: bool(receiver.messages))
    receiver.crossing.post("too late to be received")
    receiver.crossing.close()
    post_from_a_thread(receiver.crossing, [1, 2, 3])
    receiver.crossing.close()
    later = Receiver()
    later.crossing.post("a message of its own")
    qtbot.waitUntil(lambda: bool(later.messages))
    assert receiver.messages == ["in time"]
