"""One place, newest wins."""

import threading

from portrait.live.mailbox import Mailbox


def test_newest_wins_and_the_others_are_counted() -> None:
    mailbox: Mailbox[int] = Mailbox()
    for item in range(4):
        mailbox.put(item)
    assert mailbox.take() == 3
    assert mailbox.dropped == 3


def test_taken_items_are_not_dropped() -> None:
    mailbox: Mailbox[int] = Mailbox()
    for item in range(4):
        mailbox.put(item)
        assert mailbox.take() == item
    assert mailbox.dropped == 0


def test_last_item_may_be_taken_after_closing() -> None:
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put("last")
    mailbox.close()
    mailbox.put("too late")
    assert mailbox.take() == "last"
    assert mailbox.take() is None
    assert mailbox.dropped == 1


def test_discarding_counts_what_was_inside() -> None:
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put("unwanted")
    mailbox.close(discard=True)
    assert mailbox.take() is None
    assert mailbox.dropped == 1


def test_closing_wakes_who_waits() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken: list[str | None] = []
    waiting = threading.Thread(target=lambda: taken.append(mailbox.take()))
    waiting.start()
    mailbox.close()
    waiting.join(20.0)
    assert taken == [None]
