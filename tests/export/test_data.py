from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export.data import DataItem, DataSet, EpochPlan, EpochSampler, ImageCache, find_data_set, load_labelled
from export.errors import DataError

WriteSet = Callable[..., Path]


@pytest.fixture
def write_set(tmp_path: Path) -> WriteSet:
    """Write a data set of small pictures, each with a white square for a person."""

    def write(name: str, count: int, *, has_masks: bool = True, size: tuple[int, int] = (40, 30)) -> Path:
        folder = tmp_path / name
        (folder / "images").mkdir(parents=True)
        for i in range(count):
            pixels = np.full((size[1], size[0], 3), 10 + i, np.uint8)
            Image.fromarray(pixels).save(folder / "images" / f"{i}.png")
        if has_masks:
            (folder / "masks").mkdir()
            mask = np.zeros((size[1], size[0]), np.uint8)
            mask[5:20, 5:20] = 255
            mask[22:24] = 128
            for i in range(count):
                Image.fromarray(mask).save(folder / "masks" / f"{i}.png")
        return folder

    return write


def test_a_set_lists_pictures_with_their_masks(write_set: WriteSet) -> None:
    data_set = find_data_set(write_set("selfie/train", 3))
    assert data_set.name == "selfie"
    assert data_set.has_people
    assert [item.image_path.name for item in data_set.items] == ["0.png", "1.png", "2.png"]


def test_without_masks_nobody_is_there(write_set: WriteSet) -> None:
    data_set = find_data_set(write_set("rooms", 2, has_masks=False))
    assert not data_set.has_people
    assert not load_labelled(data_set.items[0])[..., 3].any()


def test_alpha_counts_as_person_from_one_half(write_set: WriteSet) -> None:
    folder = write_set("hair", 1)
    (folder / "masks").rename(folder / "alpha")
    Image.fromarray(np.linspace(0, 255, 40 * 30).reshape(30, 40).astype(np.uint8)).save(folder / "alpha" / "0.png")
    label = load_labelled(find_data_set(folder).items[0])[..., 3]
    assert set(np.unique(label)) == {0, 255}
    assert label.mean() == pytest.approx(127.5, abs=1.0)


def test_a_missing_mask_is_named(write_set: WriteSet) -> None:
    folder = write_set("selfie", 3)
    (folder / "masks" / "1.png").unlink()
    with pytest.raises(DataError, match=r"1 pictures without mask, the first 1\.png"):
        find_data_set(folder)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pictures"):
        find_data_set(tmp_path)


def test_a_mask_of_another_size_is_refused(write_set: WriteSet) -> None:
    folder = write_set("selfie", 1)
    Image.new("L", (4, 4)).save(folder / "masks" / "0.png")
    with pytest.raises(DataError, match="mask"):
        load_labelled(find_data_set(folder).items[0])


def test_a_broken_picture_is_named(write_set: WriteSet) -> None:
    folder = write_set("selfie", 1)
    (folder / "images" / "0.png").write_bytes(b"not a picture")
    with pytest.raises(DataError, match=r"0\.png"):
        load_labelled(find_data_set(folder).items[0])


def test_shrinking_keeps_labels_pure(write_set: WriteSet) -> None:
    item = find_data_set(write_set("selfie", 1, size=(400, 300))).items[0]
    labelled = load_labelled(item, long_side_px=64)
    assert labelled.shape == (48, 64, 4)
    assert set(np.unique(labelled[..., 3])) <= {0, 128, 255}


def test_the_cache_decodes_once_and_notices_a_change(write_set: WriteSet, tmp_path: Path) -> None:
    item = find_data_set(write_set("selfie", 1)).items[0]
    cache = ImageCache(tmp_path / "cache")
    first = np.array(cache.load(item))
    assert len(list((tmp_path / "cache").iterdir())) == 1
    np.testing.assert_array_equal(cache.load(item), first)
    Image.new("RGB", (40, 30), "red").save(item.image_path)
    assert cache.load(item)[0, 0, 0] == 255


def test_small_sets_are_repeated_and_people_free_pictures_kept_to_a_share() -> None:
    def make(name: str, count: int, mask: Path | None) -> DataSet:
        return DataSet(name, tuple(DataItem(Path(name) / str(i), mask) for i in range(count)))

    sets = [make("big", 1000, Path("m")), make("small", 100, Path("m")), make("nobody", 500, None)]
    drawn = EpochPlan().draw(sets, np.random.default_rng(0))
    counts = {name: sum(item.image_path.parts[0] == name for item in drawn) for name in ("big", "small", "nobody")}
    assert counts == {"big": 1000, "small": 400, "nobody": 140}


def test_the_sampler_goes_on_from_any_step() -> None:
    whole = list(EpochSampler(10, 3, epochs=2))
    assert len(whole) == 6
    assert whole[3][0] == (1, 0)
    assert list(EpochSampler(10, 3, epochs=2, first_step=2)) == whole[2:]
