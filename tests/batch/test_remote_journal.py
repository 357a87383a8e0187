"""The journal where files cannot be appended to: its parts, and its lock against other machines."""

import pytest

from portrait.batch.journal import JOURNAL_NAME, JournalKey, open_journal
from portrait.batch.storage import RemotePath, remote_journal, storage_of
from portrait.batch.storage.remote_journal import LOCK_NAME
from portrait.errors import PortraitError
from tests.batch.remote_places import files_below, lock_of, put


@pytest.mark.parametrize("root", ["memory"], indirect=True)
def test_a_journal_on_a_storage_is_locked_against_other_machines(root: RemotePath) -> None:
    place = root / "out" / JOURNAL_NAME
    put(place, {LOCK_NAME: lock_of("another")})
    with pytest.raises(PortraitError, match="A batch on another is writing") as told, open_journal(root / "out", root):
        pass
    assert "try again in 10 min" in told.value.hint
    put(place, {LOCK_NAME: lock_of("another", age_s=3600.0)})
    with open_journal(root / "out", root):
        with pytest.raises(PortraitError, match="Another batch"), open_journal(root / "out", root):
            pass
        assert LOCK_NAME in files_below(place)
    assert LOCK_NAME not in files_below(place)
    put(place, {LOCK_NAME: b"no lock"})
    with open_journal(root / "out", root):
        pass


@pytest.mark.parametrize("root", ["memory"], indirect=True)
def test_a_run_that_was_taken_over_writes_no_more(root: RemotePath) -> None:
    key = JournalKey("a.jpg", "a.jpg", "", 1, 1, "f")
    place, storage = root / "out" / JOURNAL_NAME, storage_of(root)
    with remote_journal._Lease(storage, place) as lease:
        file = remote_journal.RemoteJournalFile(storage, place, lease)
        file.append(b"one\n", is_awaited=True)
        file.append(b"two\n", is_awaited=False)
        assert files_below(place)["000000001.jsonl"] == b"one\n"
        lease.renew()
        file.flush()
        assert files_below(place)["000000001.jsonl"] == b"one\ntwo\n"
        file.append(b"x" * remote_journal._MOST_PART_BYTES + b"\n", is_awaited=True)
        file.append(b"three\n", is_awaited=True)
        assert files_below(place)["000000002.jsonl"] == b"three\n", "parts stay small"
        put(place, {LOCK_NAME: lock_of("another")})
        with pytest.raises(PortraitError, match="Another batch"):
            lease.renew()
        with pytest.raises(PortraitError, match="Another batch"):
            file.append(b"four\n", is_awaited=True)
    assert files_below(place)[LOCK_NAME] != b"", "the lock of the other is left"
    storage.remove(place / LOCK_NAME)
    with open_journal(root / "out", root) as journal:
        assert not journal.is_done(key)
        journal.append("done", key)
    with open_journal(root / "out", root) as journal:
        assert journal.is_done(key)
