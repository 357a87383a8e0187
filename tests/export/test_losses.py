import pytest
import torch

from export.losses import edge_band, person_loss, soft_iou_loss


def make_labels() -> torch.Tensor:
    labels = torch.zeros(2, 32, 32, dtype=torch.uint8)
    labels[0, 8:24, 8:24] = 255
    return labels


def to_logits(labels: torch.Tensor, confidence: float) -> torch.Tensor:
    return ((labels == 255).float().unsqueeze(1) * 2 - 1) * confidence


def test_a_perfect_answer_costs_almost_nothing_and_a_wrong_one_much() -> None:
    labels = make_labels()
    assert person_loss(to_logits(labels, 20.0), labels) < 1e-4
    assert person_loss(to_logits(labels, -20.0), labels) > 10.0


def test_nobody_found_where_nobody_is_costs_nothing() -> None:
    target = torch.zeros(1, 1, 16, 16)
    loss = soft_iou_loss(torch.full_like(target, -30.0), target, torch.ones_like(target))
    assert loss == pytest.approx(0.0, abs=1e-5)


def test_unjudged_pixels_count_in_neither_loss_nor_gradient() -> None:
    labels = make_labels()
    labels[0, :6] = 128
    logits = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(0), requires_grad=True)
    person_loss(logits, labels).backward()
    assert logits.grad is not None
    assert not logits.grad[0, 0, :6].any()
    assert logits.grad[0, 0, 6:].all()


def test_an_error_at_the_outline_weighs_more_than_one_far_away() -> None:
    labels = make_labels()
    at_edge, far = to_logits(labels, 12.0), to_logits(labels, 12.0)
    at_edge[0, 0, 8, 16] *= -1
    far[0, 0, 0, 0] *= -1
    assert person_loss(at_edge, labels, iou_weight=0.0) > 2 * person_loss(far, labels, iou_weight=0.0)


def test_the_edge_band_lies_around_the_outline() -> None:
    band = edge_band((make_labels() == 255).float().unsqueeze(1), 2)
    assert band[0, 0, 8, 16] == 1
    assert band[0, 0, 16, 16] == 0
    assert band[0, 0, 0, 0] == 0
    assert not band[1].any()
