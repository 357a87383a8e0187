"""What strokes and clicks do to a matte, at the size it was found and at any other."""

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.boxes import Box
from portrait.core.matting.mending import MendedMatte, apply_patches, mend_matte
from portrait.core.matting.parts import part_kind_at
from portrait.core.matting.strokes import PartEdit, Stroke

SHAPE = (240, 320)
DIAGONAL_PX = math.hypot(*SHAPE)
ARM = np.s_[100:140, 60:260]
BODY = np.s_[60:240, 200:260]


def stroke(kind: str, radius_px: float, hardness: float, *points: tuple[float, float]) -> Stroke:
    shares = tuple((x / SHAPE[1], y / SHAPE[0]) for x, y in points)
    return Stroke(kind, shares, radius_px / DIAGONAL_PX, hardness)


@pytest.fixture
def image() -> RgbImage:
    """A red arm and a body before a noisy green wall."""
    picture = np.empty((*SHAPE, 3), np.uint8)
    picture[:] = (40, 120, 60)
    picture[ARM] = picture[BODY] = (190, 60, 50)
    noise = np.random.default_rng(3).normal(0.0, 6.0, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def lost_arm() -> AlphaMatte:
    """What the network saw: the body without its arm."""
    matte = np.zeros(SHAPE, np.float32)
    matte[BODY] = 1.0
    return matte


ALONG_ARM = stroke("add", 32, 0.0, (80, 120), (190, 120))


def test_a_soft_stroke_snaps_to_the_outline(image: RgbImage, lost_arm: AlphaMatte) -> None:
    mended = mend_matte(lost_arm, image, [ALONG_ARM])
    assert mended[103:137, 70:195].min() > 0.9, "the arm is missing"
    assert mended[:97, :198].max() < 0.1, "the wall above came along"
    assert mended[143:, :198].max() < 0.1, "the wall below came along"


def test_removing_is_the_mirror_image_of_adding(image: RgbImage, lost_arm: AlphaMatte) -> None:
    removal = Stroke("remove", ALONG_ARM.points, ALONG_ARM.radius_fraction, ALONG_ARM.hardness)
    added = mend_matte(lost_arm, image, [ALONG_ARM])
    removed = mend_matte(1.0 - lost_arm, image, [removal])
    np.testing.assert_allclose(removed, 1.0 - added, atol=1e-5)


def test_adding_never_lowers_and_nothing_changes_outside_the_brush(image: RgbImage, lost_arm: AlphaMatte) -> None:
    hazy = lost_arm + np.float32(0.2) * (1.0 - lost_arm)
    added = mend_matte(hazy, image, [ALONG_ARM])
    removed = mend_matte(hazy, image, [stroke("remove", 30, 0.3, (230, 100))])
    assert (added >= hazy).all()
    assert (removed <= hazy).all()
    y, x = np.mgrid[:240, :320]
    is_far = (np.abs(y - 120) > 34) | (x > 190 + 34)
    np.testing.assert_array_equal(added[is_far], hazy[is_far])


def test_a_hard_stroke_adds_its_disk_and_nothing_else(image: RgbImage, lost_arm: AlphaMatte) -> None:
    mended = mend_matte(lost_arm, image, [stroke("add", 10, 1.0, (50, 50))])
    y, x = np.mgrid[:240, :320]
    distance = np.hypot(x - 50, y - 50)
    assert (mended[distance < 9] == 1.0).all()
    np.testing.assert_array_equal(mended[distance > 12], lost_arm[distance > 12])


def test_taking_a_stroke_back_restores_the_matte_bit_for_bit(image: RgbImage, lost_arm: AlphaMatte) -> None:
    first = MendedMatte(image, lost_arm).with_edit(ALONG_ARM)
    second = first.with_edits([ALONG_ARM, stroke("remove", 20, 0.2, (120, 120)), PartEdit("drop", (0.7, 0.9))])
    assert not np.array_equal(second.whole(), first.whole())
    np.testing.assert_array_equal(second.with_edits([ALONG_ARM]).whole(), first.whole())
    assert second.with_edits([]).whole() is lost_arm
    assert second.patches[0] is first.patches[0], "solved again"


def test_a_stroke_starts_from_what_earlier_ones_left(image: RgbImage, lost_arm: AlphaMatte) -> None:
    """Its neighbourhood is solved small, the earlier stroke in it too: as if the matte had been found so."""
    large = cv2.resize(image, None, fx=5, fy=5, interpolation=cv2.INTER_CUBIC)
    matte = cv2.resize(lost_arm, None, fx=5, fy=5, interpolation=cv2.INTER_NEAREST)
    second = stroke("remove", 14, 0.2, (90, 128), (150, 128))
    in_turn = mend_matte(matte, large, [ALONG_ARM, second])
    afresh = mend_matte(mend_matte(matte, large, [ALONG_ARM]), large, [second])
    assert np.abs(in_turn - mend_matte(matte, large, [ALONG_ARM])).max() > 0.9
    assert np.abs(in_turn - afresh).mean() < 0.002
    assert (np.abs(in_turn - afresh) > 0.25).mean() < 0.002


def test_preview_and_file_agree(image: RgbImage, lost_arm: AlphaMatte) -> None:
    large = cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    matte = cv2.resize(lost_arm, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST)
    edits = (ALONG_ARM, stroke("remove", 12, 1.0, (230, 200)), PartEdit("drop", (100 / 320, 120 / 240)))
    for count in range(1, 4):
        mended = MendedMatte(large, matte).with_edits(edits[:count])
        preview = apply_patches(lost_arm.copy(), image, mended.patches, Box(0, 0, *SHAPE), SHAPE)
        from_file = cv2.resize(mended.whole(), SHAPE[::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(preview - from_file).mean() < 0.004
        assert (np.abs(preview - from_file) > 0.3).mean() < 0.004


def test_nothing_changes_outside_the_box_that_is_told(image: RgbImage, lost_arm: AlphaMatte) -> None:
    before = MendedMatte(image, lost_arm).with_edit(stroke("remove", 12, 1.0, (230, 200)))
    for edits in ([ALONG_ARM], [PartEdit("drop", (0.7, 0.9))]):
        after = before.with_edits(edits)
        box = before.changed_box(after)
        assert 0 < box.area_px < 0.9 * lost_arm.size
        changed = before.whole() != after.whole()
        box.crop(changed)[:] = False
        assert not changed.any()
    assert before.changed_box(before).area_px == 0


def test_part_of_the_matte_is_that_part_of_the_whole(image: RgbImage, lost_arm: AlphaMatte) -> None:
    mended = MendedMatte(image, lost_arm).with_edits([ALONG_ARM, PartEdit("drop", (0.7, 0.9))])
    box = Box(90, 40, 150, 210)
    np.testing.assert_allclose(mended.crop(box), box.crop(mended.whole()), atol=1e-6)


@pytest.fixture
def island_and_hole() -> NDArray[np.float32]:
    matte = np.zeros(SHAPE, np.float32)
    matte[40:200, 40:200] = 1.0
    matte[100:120, 100:120] = 0.1
    matte[20:60, 250:300] = 0.8
    return cv2.blur(matte, (5, 5))


def test_a_click_drops_an_island_with_its_soft_rim(image: RgbImage, island_and_hole: AlphaMatte) -> None:
    point = (275 / 320, 40 / 240)
    assert part_kind_at(island_and_hole, point) == "drop"
    mended = mend_matte(island_and_hole, image, [PartEdit("drop", point)])
    assert mended[:, 230:].max() < 0.02
    np.testing.assert_array_equal(mended[:, :220], island_and_hole[:, :220])


def test_a_click_fills_a_hole(image: RgbImage, island_and_hole: AlphaMatte) -> None:
    point = (110 / 320, 110 / 240)
    assert part_kind_at(island_and_hole, point) == "fill"
    mended = mend_matte(island_and_hole, image, [PartEdit("fill", point)])
    assert mended[60:180, 60:180].min() > 0.98
    np.testing.assert_array_equal(mended[:, 220:], island_and_hole[:, 220:])


def test_the_open_background_is_no_hole(image: RgbImage, island_and_hole: AlphaMatte) -> None:
    corner = (0.02, 0.98)
    assert part_kind_at(island_and_hole, corner) is None
    assert part_kind_at(island_and_hole, (1.5, 0.5)) is None
    assert mend_matte(island_and_hole, image, [PartEdit("fill", corner)]) is island_and_hole
