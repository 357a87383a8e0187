"""What is closed stays closed, and nothing is released under its user."""

from portrait.capture.closing import ClosableHandle


def test_a_close_before_reopening_holds() -> None:
    released: list[str] = []
    handle = ClosableHandle[str](released.append)
    assert handle.open(lambda: "first")
    handle.close()
    assert not handle.reopen(lambda: "second")
    assert released == ["first"]
    with handle.use() as resource:
        assert resource is None


def test_reopening_releases_what_was_held() -> None:
    released: list[str] = []
    handle = ClosableHandle[str](released.append)
    handle.open(lambda: "first")
    assert handle.reopen(lambda: "second")
    assert released == ["first"]
    with handle.use() as resource:
        assert resource == "second"
    handle.close()
    assert released == ["first", "second"]


def test_a_close_during_use_waits_for_its_end() -> None:
    released: list[str] = []
    handle = ClosableHandle[str](released.append)
    handle.open(lambda: "file")
    with handle.use():
        handle.close()
        assert released == []
    assert released == ["file"]
