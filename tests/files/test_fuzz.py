"""Mutated image files: refused or read, whatever their bytes say. The rest of 20,000: ``--fuzz-files 20000``."""

import sys
from pathlib import Path

import pytest

from portrait.errors import ImageFileError
from portrait.files.image_io import load_photo
from tests.files import fuzzing


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_mutated_files_are_read_or_refused(request: pytest.FixtureRequest) -> None:
    count = request.config.getoption("--fuzz-files")
    assert list(fuzzing.find_bad(0, count)) == []


def test_mutations_are_the_same_for_a_seed_and_many_can_still_be_read(tmp_path: Path) -> None:
    files = fuzzing.originals()
    assert fuzzing.mutated(7, files) == fuzzing.mutated(7, fuzzing.originals())
    read, seeds = set(), range(0, 420)
    for seed in seeds:
        image_format, data = fuzzing.mutated(seed, files)
        path = tmp_path / ("photo.dng" if image_format == "DNG" else "photo")
        path.write_bytes(data)
        try:
            load_photo(path, max_megapixels=1.0)
            read.add((image_format, seed))
        except ImageFileError:
            pass
    assert {image_format for image_format, _ in read} == set(fuzzing.FORMATS)
    assert 0.1 < len(read) / len(seeds) < 0.9
