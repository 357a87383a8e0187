"""Who is who in a picture, from its files or its mask, and the centres and offsets that a network learns from it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export.data.data_set import ImageCache, find_data_set, load_labelled
from export.data.instances import find_instances
from export.data.labels import VOID_LABEL
from export.data.people_targets import CENTER_PLANE, OFFSET_PLANES, VALID_PLANE, to_people_targets
from export.errors import DataError
from portrait.core.people.centers import CenterMaps, label_by_centers

MakeDataSet = Callable[..., Path]


@pytest.fixture
def numbered(make_data_set: MakeDataSet) -> Path:
    """A set whose first picture has its people numbered: the red square is two of them."""
    folder = make_data_set("street")
    (folder / "instances").mkdir()
    instances = np.asarray(Image.open(folder / "masks" / "0.png")) // 255
    instances[:30][instances[:30] == 1] = 2
    instances[:, :3] = 255
    Image.fromarray(instances.astype(np.uint8)).save(folder / "instances" / "0.png")
    return folder


def test_numbers_come_from_their_file_and_else_from_the_mask(numbered: Path) -> None:
    first, second = (load_labelled(item) for item in find_data_set(numbered).items)
    assert set(np.unique(first[..., 4])) == {0, 1, 2, 255}
    assert set(np.unique(second[..., 4])) == {0, 1, 255}
    np.testing.assert_array_equal(second[..., 4] == 255, second[..., 3] == VOID_LABEL)


def test_the_cache_notices_other_numbers(numbered: Path, tmp_path: Path) -> None:
    cache = ImageCache(tmp_path / "cache")
    item = find_data_set(numbered).items[0]
    assert cache.load(item)[..., 4].max() == 255
    Image.new("L", (80, 60), 7).save(numbered / "instances" / "0.png")
    assert (cache.load(item)[..., 4] == 7).all()


@pytest.mark.parametrize(
    ("picture", "message"), [(Image.new("L", (8, 6)), "but instances"), (Image.new("RGB", (80, 60)), "of mode RGB")]
)
def test_numbers_that_do_not_fit_are_refused(numbered: Path, picture: Image.Image, message: str) -> None:
    picture.save(numbered / "instances" / "0.png")
    with pytest.raises(DataError, match=message) as caught:
        load_labelled(find_data_set(numbered).items[0])
    assert caught.value.hint


def test_people_apart_have_numbers_and_specks_have_none() -> None:
    label = np.zeros((100, 200), np.uint8)
    label[10:90, 20:60], label[30:90, 120:150], label[2:4, 2:4], label[:, 190:] = 255, 255, 255, VOID_LABEL
    numbers = find_instances(label)
    assert (numbers[10:90, 20:60] == 1).all()
    assert (numbers[30:90, 120:150] == 2).all()
    assert (numbers[2:4, 2:4] == 255).all()
    assert (numbers[:, 190:] == 255).all()
    assert numbers[50, 80] == 0


@pytest.fixture
def instances() -> np.ndarray:
    """Two people, of whom one is in two parts, a strip that nobody knows, and nobody elsewhere."""
    instances = np.zeros((96, 128), np.uint8)
    instances[20:60, 16:40], instances[20:60, 48:56], instances[40:90, 80:110], instances[:, 120:] = 1, 1, 2, 255
    return instances


def test_every_cell_leads_to_the_centre_of_its_person(instances: np.ndarray) -> None:
    targets = to_people_targets(instances)
    assert targets.shape == (4, 24, 32)
    cells = instances[2::4, 2::4]
    down, right = targets[OFFSET_PLANES]
    rows, columns = np.indices(cells.shape)
    for number in (1, 2):
        own = cells == number
        ends = rows[own] + 24 * down[own], columns[own] + 32 * right[own]
        for end, index in zip(ends, (rows, columns), strict=True):
            assert end == pytest.approx(index[own].mean(), abs=1e-4)
    assert np.isnan(down[(cells == 0) | (cells == 255)]).all()


def test_the_heat_map_is_highest_at_the_centres(instances: np.ndarray) -> None:
    targets = to_people_targets(instances)
    heat = targets[CENTER_PLANE]
    cells = instances[2::4, 2::4]
    for number in (1, 2):
        row, column = (index[cells == number].mean() for index in np.indices(cells.shape))
        top, left = int(row), int(column)
        around, wider = heat[top : top + 2, left : left + 2], heat[top - 4 : top + 5, left - 4 : left + 5]
        assert around.max() > 0.7
        assert around.max() == wider.max()
    assert heat[2, 2] < 1e-3
    assert (targets[VALID_PLANE] == (instances[2::4, 2::4] != 255)).all()


def test_the_targets_give_the_people_back(instances: np.ndarray) -> None:
    """What a network would find that has learned them exactly, grouped as the app groups it."""
    targets = to_people_targets(instances)
    down, right = np.nan_to_num(targets[OFFSET_PLANES])
    known = instances * (instances != 255)
    labels = label_by_centers((known > 0).astype(np.float32), CenterMaps(targets[CENTER_PLANE], down, right))
    inside = known > 0
    swapped = np.where(known == 1, 2, 1) if (known == 2).sum() > (known == 1).sum() else known
    assert (labels[inside] == swapped[inside]).mean() > 0.97
    assert set(np.unique(labels)) == {0, 1, 2}
