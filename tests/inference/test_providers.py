from portrait.inference.providers import list_providers


def test_cpu_is_always_there_and_every_missing_one_says_what_brings_it() -> None:
    statuses = {status.name: status for status in list_providers()}
    assert statuses["cpu"].available
    assert statuses["cpu"].reason == ""
    assert all(status.reason for status in statuses.values() if not status.available)
