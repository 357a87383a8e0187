import numpy as np
import pytest

from portrait.core.arrays import require_alpha, require_rgb


@pytest.mark.parametrize("image", [None, np.zeros((4, 4, 3)), np.zeros((4, 4, 3), np.uint16)])
def test_require_rgb_refuses_other_types(image: object) -> None:
    with pytest.raises(TypeError, match="uint8 RGB"):
        require_rgb(image)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_require_rgb_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(H, W, 3\)"):
        require_rgb(np.zeros(shape, np.uint8))


def test_require_rgb_refuses_a_view_that_is_not_contiguous() -> None:
    with pytest.raises(ValueError, match="contiguous"):
        require_rgb(np.zeros((4, 8, 3), np.uint8)[:, ::2])


def test_require_alpha_says_what_it_saw() -> None:
    with pytest.raises(TypeError, match=r"got \(480, 640, 3\) uint8"):
        require_alpha(np.zeros((480, 640, 3), np.uint8))


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_require_alpha_refuses_values_outside_its_range(value: float) -> None:
    alpha = np.full((3, 3), 0.5, np.float32)
    alpha[1, 1] = value
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        require_alpha(alpha)


def test_require_alpha_compares_with_its_image() -> None:
    with pytest.raises(ValueError, match="like its image"):
        require_alpha(np.zeros((3, 4), np.float32), (4, 3))
