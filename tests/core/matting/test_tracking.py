"""Which part of the next frame the network has to see."""

import numpy as np

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.matting.tracking import SubjectTracker, TrackingOptions

SHAPE = (180, 320)
ROOM = np.random.default_rng(4).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)


def with_subject(top: int, left: int, bottom: int, right: int) -> tuple[RgbImage, AlphaMatte]:
    image, matte = ROOM.copy(), np.zeros(SHAPE, np.float32)
    image[top:bottom, left:right] = 255
    matte[top:bottom, left:right] = 1.0
    return image, matte


def follow(tracker: SubjectTracker, *subjects: tuple[int, int, int, int]) -> list[object]:
    """The regions planned for a video of these subjects."""
    planned = []
    for subject in subjects:
        image, matte = with_subject(*subject)
        plan = tracker.plan(image)
        planned.append(plan.region)
        tracker.follow(matte, saw_whole_frame=plan.region is None)
    return planned


def test_the_region_is_held_while_the_subject_moves_a_little() -> None:
    tracker = SubjectTracker()
    regions = follow(tracker, *[(60, 100 + step % 3, 150, 160 + step % 3) for step in range(8)])
    assert regions[0] is None
    assert len(set(regions[1:])) == 1


def test_the_region_moves_with_a_subject_that_nears_its_edge() -> None:
    regions = follow(SubjectTracker(), *[(60, 40 + 6 * step, 150, 80 + 6 * step) for step in range(8)])
    lefts = [region.left for region in regions[1:] if region is not None]
    assert lefts[-1] > lefts[0]


def test_a_subject_that_shrinks_gets_a_smaller_region() -> None:
    regions = follow(SubjectTracker(), (30, 60, 160, 220), (80, 120, 130, 150), (80, 121, 130, 151))
    assert regions[1] is not None
    assert regions[2] is not None
    assert regions[2].area_px < 0.5 * regions[1].area_px


def test_a_subject_that_fills_the_frame_has_no_region() -> None:
    assert follow(SubjectTracker(), (5, 10, 180, 310), (5, 12, 180, 312)) == [None, None]


def test_the_rest_of_the_frame_comes_round() -> None:
    tracker, due = SubjectTracker(TrackingOptions(whole_every_frames=4)), []
    for step in range(13):
        image, matte = with_subject(60, 100 + step % 2, 150, 160 + step % 2)
        plan = tracker.plan(image)
        assert (plan.region is None) == (step == 0)
        if plan.is_check_due:
            due.append(step)
            tracker.confirm()
        tracker.follow(matte, saw_whole_frame=plan.region is None)
    assert due == [4, 8, 12]


def test_a_subject_that_fills_the_frame_is_seen_as_a_whole_in_turn() -> None:
    tracker = SubjectTracker(TrackingOptions(whole_every_frames=4))
    may_propagate = []
    for step in range(9):
        image, matte = with_subject(5, 10 + step % 2, 180, 310 + step % 2)
        plan = tracker.plan(image)
        assert plan.region is None
        assert not plan.is_check_due
        may_propagate.append(plan.may_propagate)
        tracker.follow(matte, saw_whole_frame=not plan.may_propagate)
    assert [step for step, may in enumerate(may_propagate) if not may] == [0, 4, 8]


def test_a_subject_at_the_regions_edge_is_cut_off_but_not_at_the_frames() -> None:
    tracker = SubjectTracker()
    (region,) = [r for r in follow(tracker, (90, 100, 180, 160), (90, 101, 180, 161)) if r is not None]
    assert region.bottom == SHAPE[0]
    _, inside = with_subject(90, 101, 180, 161)
    assert not tracker.is_cut_off(inside, region)
    _, beyond = with_subject(90, 101, 180, region.right)
    assert tracker.is_cut_off(beyond, region)
    assert tracker.is_cut_off(np.zeros(SHAPE, np.float32), region)
