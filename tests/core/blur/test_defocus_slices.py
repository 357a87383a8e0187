import numpy as np
import pytest

from portrait.core.blur.defocus_slices import MOST_SLICES, DefocusSlices, second_moment


@pytest.mark.parametrize("radius_px", [0.6, 3.0, 7.99, 8.01, 12.0, 60.0])
def test_the_shares_of_all_slices_add_up_to_one(radius_px: float) -> None:
    slices = DefocusSlices.up_to(radius_px)
    defocus = np.linspace(-1.0, 1.0, 501, dtype=np.float32)[None]
    numbers = range(-slices.count, slices.count + 1)
    shares = np.array([slices.cumulative_share(i, defocus) - slices.cumulative_share(i - 1, defocus) for i in numbers])
    assert 1 <= slices.count <= MOST_SLICES
    assert shares.min() >= 0.0
    assert shares.sum(axis=0) == pytest.approx(1.0, abs=1e-5)
    radii = np.array([slices.radius_of(i) for i in numbers]).reshape(-1, 1, 1)
    spread = (shares * second_moment((radii**2).astype(np.float32))).sum(axis=0)
    own = second_moment((defocus * np.float32(radius_px)) ** 2)
    assert spread == pytest.approx(own, abs=1e-3 * max(1.0, radius_px**2))  # as far as its own disk
