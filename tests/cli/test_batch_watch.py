"""``batch --watch`` as a user meets it."""

from pathlib import Path

import pytest

from portrait.batch.folder_events import FolderEvents


def test_what_is_there_is_made_and_ctrl_c_is_the_usual_end(
    run, save_scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_scene(tmp_path / "in" / "a.jpg")
    cancels = []

    def interrupt(self: FolderEvents, timeout_s: float) -> bool:
        cancels[0].set()
        return False

    class Interrupts:
        def __init__(self, said: str) -> None: ...

        def __enter__(self):
            import threading

            cancels.append(threading.Event())
            return cancels[0]

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("portrait.cli.batch_watch.interrupts_cancel", Interrupts)
    monkeypatch.setattr(FolderEvents, "wait", interrupt)
    monkeypatch.setattr("portrait.batch.settled_files.SettledFiles.is_due", lambda *_, **__: not cancels[0].is_set())
    outcome = run("batch", tmp_path / "in", tmp_path / "out", "--watch", "--json", "--quality", "fast")
    assert outcome.status == 0
    assert [row["status"] for row in outcome.rows] == ["done"]
    assert "watching" in outcome.err
    assert "a.jpg" in outcome.err
    assert (tmp_path / "out" / "a.jpg").exists()


@pytest.mark.parametrize("option", ["--dry-run", "--retry-failed", "--fail-fast"])
def test_what_does_not_go_with_a_watch_is_a_usage_error(run, tmp_path: Path, option: str) -> None:
    (tmp_path / "in").mkdir()
    outcome = run("batch", tmp_path / "in", tmp_path / "out", "--watch", option)
    assert (outcome.status, f"{option} does not go with --watch" in outcome.err) == (2, True)


def test_without_the_library_it_says_how_to_get_it(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.setitem(__import__("sys").modules, "watchdog.observers", None)
    outcome = run("batch", tmp_path / "in", tmp_path / "out", "--watch")
    assert outcome.status == 1
    assert "portrait[watch]" in outcome.err
