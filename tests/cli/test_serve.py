"""``portrait serve`` as a user meets it; its answers are tested in tests/server."""

import socket
import sys

import pytest

from portrait.server.running import RunningServer


@pytest.fixture(autouse=True)
def _stops_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server closes its socket in place of answering requests."""
    monkeypatch.setattr(RunningServer, "run_until_stopped", lambda self: self._socket.close())


def test_it_says_where_it_listens_and_the_token_that_it_has_made_up(run) -> None:
    outcome = run("serve", "--port", "0", "--json")
    (row,) = outcome.rows
    assert outcome.status == 0
    assert row["url"].startswith("http://127.0.0.1:")
    assert len(row["token"]) >= 32
    assert f"token: {row['token']}" in outcome.err
    assert "other machines" not in outcome.err


def test_a_token_of_the_users_is_not_shown_and_another_address_is_warned_of(run, monkeypatch) -> None:
    monkeypatch.setenv("PORTRAIT_TOKEN", "one that is long enough")
    outcome = run("serve", "--port", "0", "--host", "0.0.0.0")
    assert outcome.status == 0
    assert "long enough" not in outcome.err
    assert "other machines can reach it" in outcome.err


def test_what_cannot_be_is_told(run, monkeypatch: pytest.MonkeyPatch) -> None:
    short = run("serve", "--port", "0", "--token", "short")
    assert (short.status, "at least 16" in short.err) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("serve", "--port", str(taken.getsockname()[1]))
    assert (refused.status, "cannot listen" in refused.err) == (1, True)
    monkeypatch.setitem(sys.modules, "portrait.server.running", None)
    missing = run("serve")
    assert (missing.status, "portrait[server]" in missing.err) == (1, True)
