from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export.data.data_set import ImageCache, find_data_set, load_labelled
from export.data.labels import VOID_LABEL, fill_small_holes, from_opacity, is_soft, to_opacity
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


def test_a_frame_keeps_the_middle_and_cuts_less_above(write_set: WriteSet) -> None:
    folder = write_set("selfie", 1, size=(40, 50))
    whole, wide = (load_labelled(find_data_set(folder, frame).items[0]) for frame in (None, 16 / 9))
    assert wide.shape == (22, 40, 5)  # 28 rows less: 9 above, 19 below
    np.testing.assert_array_equal(wide, whole[9:31])
    tall = load_labelled(find_data_set(folder, 0.5).items[0])
    np.testing.assert_array_equal(tall, whole[:, 7:32])


@pytest.fixture
def alpha_set(write_set: WriteSet) -> Path:
    """One picture with every level of opacity, 40 × 30."""
    folder = write_set("hair", 1)
    (folder / "masks").rename(folder / "alpha")
    Image.fromarray(np.linspace(0, 255, 40 * 30).reshape(30, 40).astype(np.uint8)).save(folder / "alpha" / "0.png")
    return folder


def test_alpha_is_kept_but_for_the_level_that_means_not_judged(alpha_set: Path) -> None:
    label = load_labelled(find_data_set(alpha_set).items[0])[..., 3]
    assert set(range(256)) - set(np.unique(label)) == {VOID_LABEL}
    np.testing.assert_allclose(255.0 * to_opacity(label).ravel(), np.linspace(0, 255, 40 * 30), atol=1.01)
    assert (label > VOID_LABEL).mean() == pytest.approx(0.5, abs=0.01)  # half or more is person


def test_shrunk_alpha_is_averaged_and_never_void(alpha_set: Path) -> None:
    label = load_labelled(find_data_set(alpha_set).items[0], long_side_px=20)[..., 3]
    assert (label != VOID_LABEL).all()
    assert label.mean() == pytest.approx(127.5, abs=1.0)


def test_labels_know_whether_they_are_soft() -> None:
    assert not is_soft(np.array([[0, 255, 128]], np.uint8))
    assert is_soft(np.array([[0, 255, 129]], np.uint8))
    assert from_opacity(np.array([127, 128, 129], np.uint8)).tolist() == [127, 129, 129]


def test_small_holes_in_people_are_filled_and_large_ones_kept() -> None:
    label = np.zeros((100, 100), np.uint8)
    label[20:80, 20:80] = 255
    label[30:33, 30:33] = 0  # an eye
    label[50:65, 40:55] = 0  # between arm and body
    label[70, 50] = 128
    label[:, :2], label[0, 0] = 255, 0  # at the border: cut off, not enclosed
    filled = fill_small_holes(label, 0.001)
    assert (filled[30:33, 30:33] == 255).all()
    assert np.count_nonzero(filled != label) == 9


def test_a_picture_with_alpha_and_mask_is_labelled_by_its_alpha(write_set: WriteSet) -> None:
    folder = write_set("both", 2)
    (folder / "alpha").mkdir()
    Image.new("L", (40, 30), 77).save(folder / "alpha" / "1.png")
    first, second = find_data_set(folder).items
    assert (first.has_alpha, second.has_alpha) == (False, True)
    assert set(np.unique(load_labelled(first)[..., 3])) == {0, 128, 255}
    assert set(np.unique(load_labelled(second)[..., 3])) == {77}


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
    assert labelled.shape == (48, 64, 5)
    assert set(np.unique(labelled[..., 3])) <= {0, 128, 255}


def test_the_cache_decodes_once_and_notices_a_change(write_set: WriteSet, tmp_path: Path) -> None:
    item = find_data_set(write_set("selfie", 1)).items[0]
    cache = ImageCache(tmp_path / "cache")
    first = np.array(cache.load(item))
    assert len(list((tmp_path / "cache").iterdir())) == 1
    np.testing.assert_array_equal(cache.load(item), first)
    Image.new("RGB", (40, 30), "red").save(item.image_path)
    assert cache.load(item)[0, 0, 0] == 255
