"""Blur by depth against scenes of which every depth is known."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from portrait.benchmark.scenes.floor_scenes import FloorScene, FloorSceneKind, make_floor_scene
from portrait.core.arrays import RgbImage
from portrait.core.lens.blur_options import BlurOptions, radius_px_to_fraction
from portrait.core.lens.defocus_from_depth import DepthMap, find_defocus
from portrait.core.lens.depth_alignment import align_depth
from portrait.core.lens.floor import find_floor
from portrait.core.metrics.image_metrics import psnr, ring_mask
from portrait.core.render.photo import render

pytestmark = pytest.mark.slow

HEIGHT, RADIUS_PX = 300, 8.0


@pytest.fixture(scope="module")
def scenes() -> dict[FloorSceneKind, FloorScene]:
    return {kind: make_floor_scene(kind, HEIGHT, RADIUS_PX) for kind in ("street", "pillars", "fence")}


def portrait_of(scene: FloorScene, defocus: NDArray[np.float32] | None) -> RgbImage:
    radius = radius_px_to_fraction(scene.radius_px, *scene.alpha.shape)
    return render(scene.image, scene.alpha, BlurOptions(blur_radius_fraction=radius), defocus)


def depth_of(scene: FloorScene) -> DepthMap:
    """A map at a quarter of the size, focused at 0, infinity at −1."""
    nearness = np.where(scene.alpha > 0.5, np.float32(0.0), -scene.defocus_map)
    return DepthMap(np.ascontiguousarray(nearness[2::4, 2::4]), infinity=-1.0)


def estimate_of(scene: FloorScene) -> DepthMap:
    """What a network for depth gives: soft edges, slow errors, and nobody knows scale and offset."""
    nearness = np.where(scene.alpha > 0.5, np.float32(1.0), 1.0 - scene.defocus_map)
    small = cv2.GaussianBlur(cv2.resize(nearness, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA), (0, 0), 1.5)
    errors = np.random.default_rng(0).normal(0.0, 0.03, (6, 6)).astype(np.float32)
    wave = cv2.resize(errors, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_CUBIC)
    return DepthMap(np.ascontiguousarray(37.0 * (small + wave) - 5.0, np.float32))


def gains_db(scene: FloorScene, defocus: NDArray[np.float32] | None) -> tuple[float, float]:
    """What blur by depth is nearer the truth than plain blur: over the picture, and around the subject."""
    plain, deep, ring = portrait_of(scene, None), portrait_of(scene, defocus), ring_mask(scene.alpha)
    return (
        psnr(deep, scene.truth) - psnr(plain, scene.truth),
        psnr(deep, scene.truth, ring) - psnr(plain, scene.truth, ring),
    )


def test_a_floor_that_is_kept_at_the_feet_comes_near_the_truth(scenes: dict[FloorSceneKind, FloorScene]) -> None:
    street = scenes["street"]
    picture_db, ring_db = gains_db(street, find_floor(street.alpha))
    assert picture_db > 10.0
    assert ring_db > 8.0


@pytest.mark.parametrize("kind", ["pillars", "fence"])
def test_the_floor_helps_where_other_things_stand_too(
    scenes: dict[FloorSceneKind, FloorScene], kind: FloorSceneKind
) -> None:
    scene = scenes[kind]
    assert min(gains_db(scene, find_floor(scene.alpha))) > 3.0


@pytest.mark.parametrize("kind", ["street", "pillars", "fence"])
def test_measured_depth_comes_near_the_truth(scenes: dict[FloorSceneKind, FloorScene], kind: FloorSceneKind) -> None:
    scene = scenes[kind]
    measured = find_defocus(depth_of(scene), scene.image, scene.alpha)
    assert min(gains_db(scene, measured)) > 5.0
    assert min(gains_db(scene, scene.defocus_map)) > 7.0


@pytest.mark.parametrize("kind", ["street", "pillars", "fence"])
def test_estimated_depth_that_is_aligned_comes_near_the_measured(
    scenes: dict[FloorSceneKind, FloorScene], kind: FloorSceneKind
) -> None:
    scene = scenes[kind]
    estimated = find_defocus(align_depth(estimate_of(scene), scene.alpha), scene.image, scene.alpha)
    measured = find_defocus(depth_of(scene), scene.image, scene.alpha)
    lost = [other - own for other, own in zip(gains_db(scene, measured), gains_db(scene, estimated), strict=True)]
    assert max(lost) < 2.0


def test_pillars_that_are_seen_to_stand_come_nearer_the_truth(scenes: dict[FloorSceneKind, FloorScene]) -> None:
    scene = scenes["pillars"]
    ramp, standing = (gains_db(scene, find_floor(scene.alpha, image=image)) for image in (None, scene.image))
    assert standing[0] - ramp[0] > 1.5
    assert standing[1] >= ramp[1]


def test_scenes_are_the_same_at_every_run() -> None:
    one, other = (make_floor_scene("fence", 96, 4.0) for _ in range(2))
    np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_array_equal(one.truth, other.truth)
    assert one.image.shape == (96, 77, 3)
    assert float(one.defocus_map.min()) < 0.0 < float(one.defocus_map.max()) <= 1.0
