"""The network sees no more of a video than it needs to, and nobody is missed for it."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.core.arrays import AlphaMatte, RgbImage
from portrait.core.model_spec import ModelSpec
from portrait.engine import PortraitEngine
from portrait.errors import ModelError
from portrait.inference.providers import ProviderReport
from portrait.live import LiveProcessor, live_processor
from portrait.live.outline_finder import KEY_EVERY_FRAMES

HEIGHT, WIDTH = 180, 320
ROOM = np.random.default_rng(2).integers(40, 140, (HEIGHT, WIDTH, 3), dtype=np.uint8)


class RedSegmenter:
    """A network that takes red for a person; remembers the size of each image that it saw."""

    def __init__(self) -> None:
        self.spec = ModelSpec(name="red", input_height=96, input_width=96, size_multiple=16)
        self.provider = ProviderReport(requested="cpu", active="cpu", reason="")
        self.seen: list[tuple[int, int]] = []
        self.input_pixels: list[int] = []
        self.error: Exception | None = None

    def find_probability(self, image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        self.seen.append((image.shape[0], image.shape[1]))
        if self.error is not None:
            raise self.error
        is_red = ((image[..., 0] > 200) & (image[..., 1] < 60)).astype(np.float32)
        height, width = input_size or (96, 96)
        self.input_pixels.append(height * width)
        return cv2.resize(is_red, (width, height), interpolation=cv2.INTER_AREA)


def show(*people: tuple[int, int, int, int], noise: float = 0.0, seed: int = 0) -> RgbImage:
    """The room with red people at (top, left, bottom, right)."""
    image = ROOM.copy()
    for top, left, bottom, right in people:
        image[top:bottom, left:right] = (240, 20, 30)
    noisy = image + np.random.default_rng(seed).normal(0.0, noise, image.shape) if noise else image
    return np.clip(noisy, 0, 255).astype(np.uint8)


def is_found(matte: AlphaMatte, person: tuple[int, int, int, int]) -> bool:
    top, left, bottom, right = person
    inside = matte[top + 2 : bottom - 2, left + 2 : right - 2]
    return float((inside > 0.5).mean()) > 0.97


@pytest.fixture
def network() -> RedSegmenter:
    return RedSegmenter()


@pytest.fixture
def processor(network: RedSegmenter) -> LiveProcessor:
    return live_processor(PortraitEngine(network))


def test_a_follower_of_a_moving_person_sees_a_part_of_most_frames(
    network: RedSegmenter, processor: LiveProcessor
) -> None:
    for step in range(30):
        person = (60, 100 + step, 180, 150 + step)
        assert is_found(processor.find_matte(show(person)).matte, person)
    whole = [size for size in network.seen if size == (HEIGHT, WIDTH)]
    assert len(whole) <= 6
    assert len(network.seen) - len(whole) >= 24
    assert max(h * w for h, w in network.seen if (h, w) != (HEIGHT, WIDTH)) < 0.5 * HEIGHT * WIDTH


def test_a_newcomer_is_seen_in_the_frame_of_arrival(processor: LiveProcessor) -> None:
    first, newcomer = (60, 40, 180, 90), (70, 250, 180, 300)
    for step in range(4):
        processor.find_matte(show((60, 40 + step, 180, 90 + step)))
    matte = processor.find_matte(show(first, newcomer)).matte
    assert is_found(matte, first)
    assert is_found(matte, newcomer)


def test_an_arm_that_is_stretched_out_of_the_region_is_not_cut(processor: LiveProcessor) -> None:
    for step in range(4):
        processor.find_matte(show((60, 140 + step, 180, 190 + step)))
    body, arm = (60, 142, 180, 192), (90, 190, 105, 280)
    matte = processor.find_matte(show(body, arm)).matte
    assert is_found(matte, body)
    assert is_found(matte, arm)


def test_who_jumps_out_of_the_region_is_found_there(processor: LiveProcessor) -> None:
    for step in range(4):
        processor.find_matte(show((60, 20 + step, 180, 70 + step)))
    person = (60, 230, 180, 280)
    masked = processor.find_matte(show(person))
    assert masked.has_subject
    assert is_found(masked.matte, person)


@pytest.mark.parametrize(("noise", "most"), [(0.0, 4), (3.0, 10)])
def test_where_nothing_moves_one_matte_serves_for_half_a_second(
    network: RedSegmenter, processor: LiveProcessor, noise: float, most: int
) -> None:
    person = (60, 100, 180, 160)
    for step in range(33):
        assert is_found(processor.find_matte(show(person, noise=noise, seed=step)).matte, person)
    assert 3 <= len(network.seen) <= most


def test_while_nothing_moves_the_matte_that_is_shown_stays_as_it_is(processor: LiveProcessor) -> None:
    processor.find_matte(show((60, 100, 180, 160)))
    moved = show((60, 103, 180, 163))
    shown = [processor.find_matte(moved).matte for _ in range(4)]
    assert is_found(shown[0], (60, 103, 180, 163))
    for matte in shown[1:]:
        np.testing.assert_array_equal(matte, shown[0])
    assert not is_found(processor.find_matte(show((60, 180, 180, 240))).matte, (60, 103, 180, 163))


def test_a_slow_change_adds_up_until_it_is_looked_at(network: RedSegmenter, processor: LiveProcessor) -> None:
    """Each frame alone differs by less than the noise; after some the network is asked all the same."""
    person = (60, 100, 180, 160)
    calm = show(person)
    processor.find_matte(calm)
    for step in range(1, 8):
        brighter = calm.copy()
        brighter[:, 200:] = np.clip(brighter[:, 200:].astype(np.int16) + step, 0, 255)
        processor.find_matte(brighter)
    assert len(network.seen) >= 2


def test_who_leaves_is_no_longer_shown(processor: LiveProcessor) -> None:
    for step in range(4):
        processor.find_matte(show((60, 100 + step, 180, 150 + step)))
    masked = processor.find_matte(show())
    assert not masked.has_subject
    assert not masked.matte.any()


def test_after_a_failure_the_old_matte_is_not_used_again(network: RedSegmenter, processor: LiveProcessor) -> None:
    image = show((60, 100, 180, 160))
    assert processor.find_matte(image).matte.any()
    network.error = ModelError("out of order", "")
    moved = show((60, 130, 180, 190))
    assert not processor.find_matte(moved).matte.any()
    assert not processor.find_matte(moved).matte.any()  # nothing moved since, and still there is no matte
    network.error = None
    seen = len(network.seen)
    assert is_found(processor.find_matte(moved).matte, (60, 130, 180, 190))
    assert network.seen[seen:] == [(HEIGHT, WIDTH)]


def test_a_frame_of_another_size_is_looked_at_as_a_whole(network: RedSegmenter, processor: LiveProcessor) -> None:
    for step in range(3):
        processor.find_matte(show((60, 100 + step, 180, 150 + step)))
    processor.find_matte(np.ascontiguousarray(show((60, 100, 180, 150))[:120, :200]))
    assert network.seen[-1] == (120, 200)


def test_a_lower_resolution_holds_for_the_whole_frame_and_for_regions(
    network: RedSegmenter, processor: LiveProcessor
) -> None:
    inputs = []
    for resolution in (1.0, 0.4):
        processor.reset()
        processor.matte_resolution = resolution
        for step in range(4):
            person = (60, 100 + step, 180, 150 + step)
            assert is_found(processor.find_matte(show(person)).matte, person)
        inputs.append(network.input_pixels[-4:])
    ratios = [low / full for full, low in zip(*inputs, strict=True)]
    assert 0.2 < min(ratios) <= max(ratios) < 0.7


def test_a_network_of_one_size_always_sees_the_whole_frame(network: RedSegmenter) -> None:
    network.spec = ModelSpec(name="red", input_height=96, input_width=96, size_multiple=0)
    processor = live_processor(PortraitEngine(network))
    processor.matte_resolution = 0.5
    for step in range(4):
        processor.find_matte(show((60, 100 + step, 180, 150 + step)))
    assert network.input_pixels == [96 * 96] * 4
    assert network.seen == [(HEIGHT, WIDTH)] * 4


SMOOTH_ROOM = cv2.GaussianBlur(ROOM, (0, 0), 4.0)


def show_calmly(left: int, extra: tuple[int, int, int, int] | None = None) -> RgbImage:
    """A person of 50 px before a smooth room, with a soft outline as a lens draws it; ``extra`` is red too."""
    image = SMOOTH_ROOM.copy()
    for top, first, bottom, last in [(60, left, 180, left + 50), *([extra] if extra else [])]:
        image[top:bottom, first:last] = (240, 20, 30)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.0), np.uint8)


def test_a_person_who_moves_calmly_is_seen_by_the_network_in_key_frames(
    network: RedSegmenter, processor: LiveProcessor
) -> None:
    for step in range(24):
        person = (60, 100 + step, 180, 150 + step)
        assert is_found(processor.find_matte(show_calmly(100 + step)).matte, person)
    assert 24 / KEY_EVERY_FRAMES <= len(network.seen) <= 18


@pytest.mark.parametrize("frames_before", range(3, 3 + KEY_EVERY_FRAMES))
def test_a_hand_that_comes_up_between_key_frames_is_there_at_once(
    network: RedSegmenter, processor: LiveProcessor, frames_before: int
) -> None:
    for step in range(frames_before):
        processor.find_matte(show_calmly(100 + step))
    hand, seen = (80, 152, 90, 170), len(network.seen)
    matte = processor.find_matte(show_calmly(100 + frames_before, hand)).matte
    assert is_found(matte, hand)
    assert len(network.seen) > seen


def test_the_mask_of_a_key_frame_is_never_shown_where_the_person_was(processor: LiveProcessor) -> None:
    for step in range(12):
        left = 100 + 2 * step
        matte = processor.find_matte(show_calmly(left)).matte
        assert float(matte[70:, : left - 6].max()) < 0.2
        assert float(matte[70:, left + 4 : left + 46].min()) > 0.8


def test_after_a_failure_no_mask_is_carried_on(network: RedSegmenter, processor: LiveProcessor) -> None:
    for step in range(3):
        processor.find_matte(show_calmly(100 + step))
    network.error = ModelError("out of order", "")
    failed = [processor.find_matte(show_calmly(103 + step)) for step in range(2 * KEY_EVERY_FRAMES)]
    is_blurred = [masked.error is not None for masked in failed]
    assert is_blurred == sorted(is_blurred), "once the network has failed nothing is carried on"
    assert is_blurred[KEY_EVERY_FRAMES:] == [True] * KEY_EVERY_FRAMES


def test_who_stands_outside_the_region_unnoticed_is_found_within_half_a_second(
    network: RedSegmenter, processor: LiveProcessor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing moves where they stand; the network has overlooked them at first."""
    standing, find = (60, 250, 180, 290), network.find_probability

    def overlook(image: RgbImage, input_size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        found = find(image, input_size)
        if image.shape[1] * HEIGHT == image.shape[0] * WIDTH:  # the whole frame
            found[:, 2 * found.shape[1] // 3 :] = 0.0
        return found

    monkeypatch.setattr(network, "find_probability", overlook)
    for step in range(18):
        assert not is_found(processor.find_matte(show_calmly(60 + step % 2, standing)).matte, standing)
    monkeypatch.undo()
    is_seen = [
        is_found(processor.find_matte(show_calmly(60 + step % 2, standing)).matte, standing) for step in range(18)
    ]
    assert any(is_seen[:16])
    assert is_seen == sorted(is_seen), "once seen they stay"
