import numpy as np
import pytest

from portrait.core.layers.color_model import MODEL_CHANNELS, foreground_share, model_colors, unmix

OFF_DIAGONAL = ((0, 1), (1, 2), (2, 0))


def to_matrices(model: np.ndarray) -> np.ndarray:
    """Covariances of (9, …) as (…, 3, 3)."""
    matrices = np.zeros((*model.shape[1:], 3, 3))
    for channel in range(3):
        matrices[..., channel, channel] = model[3 + channel]
    for index, (row, column) in enumerate(OFF_DIAGONAL):
        matrices[..., row, column] = matrices[..., column, row] = model[6 + index]
    return matrices


def to_model(mean: np.ndarray, covariance: np.ndarray, count: int) -> np.ndarray:
    channels = [*mean, *np.diag(covariance), *(covariance[row, column] for row, column in OFF_DIAGONAL)]
    return np.repeat(np.array(channels, np.float32)[:, None], count, axis=1)


def random_model(rng: np.random.Generator, count: int, spread: float = 0.02) -> np.ndarray:
    root = rng.normal(0.0, spread, (3, 3))
    return to_model(rng.uniform(0.3, 0.6, 3), root @ root.T + 1e-4 * np.eye(3), count)


def test_a_model_has_the_moments_of_its_window() -> None:
    light = np.random.default_rng(0).random((20, 24, 3), dtype=np.float32)
    model = model_colors(light, np.ones((20, 24), np.float32))
    assert model.shape == (MODEL_CHANNELS, 20, 24)
    window = light[6:9, 10:13].reshape(9, 3).astype(np.float64)
    np.testing.assert_allclose(model[:3, 7, 11], window.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(to_matrices(model)[7, 11], np.cov(window.T, bias=True), atol=1e-4)


def test_a_model_goes_on_where_the_layer_is_hidden() -> None:
    rng = np.random.default_rng(1)
    light, weight = np.zeros((60, 60, 3), np.float32), np.full((60, 60), 1e-5, np.float32)
    light[:, :20] = 0.5 + rng.normal(0.0, 0.05, (60, 20, 1)) * np.float32([1.0, 0.5, -1.0])
    weight[:, :20] = 1.0
    model = model_colors(light, weight)
    np.testing.assert_allclose(model[:3, 30, 50], 0.5, atol=0.02)
    variances, red_blue = model[3:6, 30, 50], model[8, 30, 50]
    np.testing.assert_allclose(variances, 0.05**2 * np.array([1.0, 0.25, 1.0]), rtol=0.4)
    assert red_blue < -0.8 * float(np.sqrt(variances[0] * variances[2]))


def test_covariances_are_positive_whatever_the_picture() -> None:
    rng = np.random.default_rng(2)
    light = (rng.random((40, 50, 1)) > 0.5) * np.ones((1, 1, 3))  # channels in proportion: the matrices have rank one
    weight = np.maximum(rng.random((40, 50)) ** 4, 1e-4).astype(np.float32)
    assert np.linalg.eigvalsh(to_matrices(model_colors(light.astype(np.float32), weight))).min() > 0.0


def test_unmixing_gives_the_likeliest_colors() -> None:
    """Against a general solver, in double precision."""
    rng = np.random.default_rng(3)
    foreground, background = random_model(rng, 50), random_model(rng, 50)
    alpha = rng.uniform(0.1, 0.9, 50).astype(np.float32)
    noise = rng.normal(0.0, 0.005, (3, 50))
    light = (alpha * foreground[:3] + (1.0 - alpha) * background[:3] + noise).astype(np.float32)
    found = unmix(light, alpha, foreground, background)[0]
    for index, a in enumerate(alpha.astype(np.float64)):
        f, b = foreground[:3, index].astype(np.float64), background[:3, index].astype(np.float64)
        own, other = to_matrices(foreground)[index], to_matrices(background)[index]
        by_alpha = 0.002 * a * (1.0 - a) * np.outer(f - b, f - b)
        residual = light[:, index] - a * f - (1.0 - a) * b
        gain = np.linalg.solve(a * a * own + (1.0 - a) ** 2 * other + by_alpha, residual)
        expected = f + a * own @ gain + a * by_alpha @ gain / (a * a + (1.0 - a) ** 2)
        np.testing.assert_allclose(found[:, index], expected, atol=2e-4)


def test_the_layers_are_treated_alike() -> None:
    rng = np.random.default_rng(4)
    foreground, background = random_model(rng, 80, 0.005), random_model(rng, 80, 0.005)
    alpha = rng.uniform(0.3, 0.7, 80).astype(np.float32)
    light = alpha * foreground[:3] + (1.0 - alpha) * background[:3] + np.float32(0.003)
    one, other = unmix(light, alpha, foreground, background), unmix(light, 1.0 - alpha, background, foreground)
    np.testing.assert_allclose(one[0], other[1], atol=1e-4)
    np.testing.assert_allclose(one[1], other[0], atol=1e-4)


def test_a_textured_layer_takes_what_a_plain_one_cannot() -> None:
    plain, textured = 1e-5 * np.eye(3), 0.01 * np.eye(3)
    mean, light = np.array([0.4, 0.4, 0.4]), np.full((3, 1), 0.45, np.float32)
    alpha = np.array([0.5], np.float32)
    foreground, background = unmix(light, alpha, to_model(mean, plain, 1), to_model(mean, textured, 1))
    np.testing.assert_allclose(foreground, 0.4, atol=1e-3)
    np.testing.assert_allclose(background, 0.5, atol=1e-3)


@pytest.mark.parametrize("alpha", [0.006, 0.1, 0.5, 0.9, 0.994])
def test_colors_are_colors_even_where_nothing_fits(alpha: float) -> None:
    rng = np.random.default_rng(5)
    light = rng.random((3, 400), dtype=np.float32)
    opacity = np.full(400, alpha, np.float32)
    foreground, background = unmix(light, opacity, random_model(rng, 400), random_model(rng, 400))
    for layer in (foreground, background):
        assert layer.min() >= 0.0
        assert layer.max() <= 1.0
    again = opacity * foreground + (1.0 - opacity) * background
    assert (again <= light + 1e-5).all(), "never brighter than the pixel"
    np.testing.assert_allclose(again[background < 1.0], light[background < 1.0], atol=1e-5)


def test_an_opaque_pixel_tells_about_the_subject() -> None:
    rng = np.random.default_rng(6)
    share = foreground_share(np.linspace(0.0, 1.0, 30, dtype=np.float32), random_model(rng, 30), random_model(rng, 30))
    assert share[0] == 0.0
    assert share[-1] == 1.0
    assert (np.diff(share) > 0.0).all()
