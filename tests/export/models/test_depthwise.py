"""The faster training paths of depthwise convolutions give what the plain convolution gives, gradients too."""

import pytest
import torch

from export.models.depthwise import DepthwiseConv3x3, keep_channels_last
from export.training.losses import edge_band


@pytest.mark.parametrize(("stride", "rate"), [(1, 1), (1, 2), (1, 3), (2, 1)])
@pytest.mark.parametrize("size", [(16, 16), (17, 12), (5, 7)])
def test_training_equals_evaluation(stride: int, rate: int, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    conv = DepthwiseConv3x3(6, stride, rate)
    x = torch.randn(2, 6, *size, requires_grad=True)
    trained = conv.train()(x)
    plain = conv.eval()(x)
    seed = torch.randn_like(plain)
    assert trained.shape == plain.shape
    torch.testing.assert_close(trained, plain)
    inputs = [x, conv.weight]
    torch.testing.assert_close(torch.autograd.grad(trained, inputs, seed), torch.autograd.grad(plain, inputs, seed))


def test_gradient_keeps_channels_last() -> None:
    seen: list[bool] = []
    x = torch.randn(2, 8, 6, 6).contiguous(memory_format=torch.channels_last).requires_grad_()
    x.register_hook(lambda g: seen.append(g.is_contiguous(memory_format=torch.channels_last)))
    scaled = keep_channels_last(x * 2.0)
    scaled.backward(torch.ones(2, 8, 6, 6))
    assert seen == [True]


def test_edge_band_is_the_square_neighbourhood_of_the_outline() -> None:
    target = torch.zeros(1, 1, 15, 15)
    target[..., 5:, 5:] = 1.0
    band = edge_band(target, 2)[0, 0].bool()
    expected = torch.zeros(15, 15, dtype=torch.bool)
    expected[3:, 3:] = True
    expected[7:, 7:] = False
    assert torch.equal(band, expected)
