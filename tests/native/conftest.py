"""The tests of the native passes need them: installing Portrait builds them."""

import pytest

from portrait.native.shared_library import find_library


@pytest.fixture(autouse=True, scope="session")
def _is_built() -> None:
    if find_library() is None:
        pytest.fail("no library of the present sources: run python portrait/native/build.py", pytrace=False)
