import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from export.data.people_targets import to_people_targets
from export.training.config import LossWeights
from export.training.consistency import Jitter, consistency_loss, draw_jitter
from export.training.losses import (
    distillation_loss,
    edge_band,
    laplacian_loss,
    lovasz_hinge_loss,
    people_loss,
    person_loss,
    soft_iou_loss,
)

OFF = LossWeights(entropy=0.0, iou=0.0)
EACH = {
    "entropy": LossWeights(iou=0.0),
    "iou": LossWeights(entropy=0.0),
    "lovasz": LossWeights(entropy=0.0, iou=0.0, lovasz=1.0),
    "laplacian": LossWeights(entropy=0.0, iou=0.0, laplacian=1.0),
}


def make_labels() -> Tensor:
    """A person in the first of two pictures, with one output."""
    labels = torch.zeros(2, 1, 32, 32, dtype=torch.uint8)
    labels[0, 0, 8:24, 8:24] = 255
    return labels


def to_logits(labels: Tensor, confidence: float) -> Tensor:
    return ((labels == 255).float() * 2 - 1) * confidence


def random_logits(seed: int = 0) -> Tensor:
    return torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(seed), requires_grad=True)


@pytest.mark.parametrize("weights", EACH.values(), ids=EACH)
def test_a_perfect_answer_costs_almost_nothing_and_a_wrong_one_much(weights: LossWeights) -> None:
    labels = make_labels()
    right, wrong = (person_loss(to_logits(labels, sign * 20.0), labels, weights).item() for sign in (1, -1))
    assert right < 1e-4
    assert wrong > 0.5


@pytest.mark.parametrize("weights", EACH.values(), ids=EACH)
def test_unjudged_pixels_count_in_neither_loss_nor_gradient(weights: LossWeights) -> None:
    labels = make_labels()
    labels[0, 0, :6] = 128
    labels[1] = 128
    logits = random_logits()
    person_loss(logits, labels, weights).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert not logits.grad[0, 0, :6].any()
    assert not logits.grad[1].any()
    assert logits.grad[0, 0, 6:].any()
    elsewhere = logits.detach().clone()
    elsewhere[0, 0, :6] *= -3.0
    assert person_loss(elsewhere, labels, weights) == person_loss(logits, labels, weights)


def test_the_default_is_edge_weighted_entropy_and_soft_iou() -> None:
    """As the first shipped model was trained, written out."""
    labels, logits = make_labels(), random_logits()
    labels[0, 0, :6] = 128
    target = (labels == 255).float()
    judged = (labels != 128).float()
    weight = judged * (1.0 + 3.0 * edge_band(target, 3))
    entropy = F.binary_cross_entropy_with_logits(logits, target, weight, reduction="sum") / weight.sum()
    p, area = logits.sigmoid() * judged, (1, 2, 3)
    smoothing = 0.01 * 32 * 32
    overlap, union = (p * target).sum(area) + smoothing, (p + target - p * target).sum(area) + smoothing
    torch.testing.assert_close(person_loss(logits, labels), entropy + (1.0 - overlap / union).mean())


def test_weights_scale_their_losses() -> None:
    labels, logits = make_labels(), random_logits()
    once = {name: person_loss(logits, labels, weights).item() for name, weights in EACH.items()}
    mixed = LossWeights(entropy=2.0, iou=0.5, lovasz=0.25, laplacian=3.0)
    expected = 2.0 * once["entropy"] + 0.5 * once["iou"] + 0.25 * once["lovasz"] + 3.0 * once["laplacian"]
    assert person_loss(logits, labels, mixed).item() == pytest.approx(expected, rel=1e-5)
    assert person_loss(logits, labels, OFF) == 0.0


@pytest.mark.parametrize("weights", EACH.values(), ids=EACH)
def test_each_output_is_judged_by_its_own_label(weights: LossWeights) -> None:
    labels = torch.cat([make_labels(), torch.full((2, 1, 32, 32), 128, dtype=torch.uint8)], dim=1)
    logits = torch.cat([random_logits(), random_logits(1)], dim=1).detach().requires_grad_()
    person_loss(logits, labels, weights).backward()
    assert logits.grad is not None
    assert logits.grad[:, 0].any()
    assert not logits.grad[:, 1].any()


def test_nobody_found_where_nobody_is_costs_nothing() -> None:
    target = torch.zeros(1, 1, 16, 16)
    loss = soft_iou_loss(torch.full_like(target, -30.0), target, torch.ones_like(target))
    assert loss == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("name", ["entropy", "iou", "laplacian"])
def test_real_alpha_is_best_matched_by_itself(name: str) -> None:
    labels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    alpha = labels.float() / 255.0
    losses = [
        person_loss((alpha * gain).clamp(1e-4, 1.0 - 1e-4).logit(), labels, EACH[name]).item()
        for gain in (0.8, 0.9, 1.0, 1.1, 1.2)
    ]
    assert min(losses) == losses[2]


def test_an_error_at_the_outline_weighs_more_than_one_far_away() -> None:
    labels = make_labels()
    at_edge, far = to_logits(labels, 12.0), to_logits(labels, 12.0)
    at_edge[0, 0, 8, 16] *= -1
    far[0, 0, 0, 0] *= -1
    weights = EACH["entropy"]
    assert person_loss(at_edge, labels, weights) > 2 * person_loss(far, labels, weights)


def test_the_edge_band_lies_around_the_outline() -> None:
    band = edge_band((make_labels() == 255).float(), 2)
    assert band[0, 0, 8, 16] == 1
    assert band[0, 0, 16, 16] == 0
    assert band[0, 0, 0, 0] == 0
    assert not band[1].any()


def test_the_lovasz_hinge_of_sure_answers_is_twice_one_minus_iou() -> None:
    """A sure error of logit 1 has a hinge of 2; on such corners the extension equals the set function."""
    target = (make_labels()[:1] == 255).float()
    found = target.roll(4, dims=3)
    union, overlap = torch.maximum(found, target).sum(), (found * target).sum()
    loss = lovasz_hinge_loss(2.0 * found - 1.0, target, torch.ones_like(target))
    assert loss.item() == pytest.approx(2.0 * (1.0 - overlap / union).item(), rel=1e-5)


def test_without_people_the_lovasz_hinge_is_the_worst_error() -> None:
    target, logits = torch.zeros(1, 1, 8, 8), torch.full((1, 1, 8, 8), -5.0)
    logits[0, 0, 3, 3] = 0.25
    assert lovasz_hinge_loss(logits, target, torch.ones_like(target)).item() == pytest.approx(1.25)


def test_the_laplacian_sees_a_blurred_outline_and_no_shift_of_level() -> None:
    target = (make_labels()[:1] == 255).float() * 0.5 + 0.25
    judged = torch.ones_like(target)
    blurred = F.avg_pool2d(F.pad(target, (2, 2, 2, 2), mode="replicate"), 5, stride=1)
    assert laplacian_loss(target.logit(), target, judged).item() < 1e-6
    assert laplacian_loss((target + 0.1).logit(), target, judged).item() < 1e-5
    assert laplacian_loss(blurred.logit(), target, judged).item() > 0.02


def test_distillation_is_nothing_where_they_agree_or_nothing_is_taught() -> None:
    logits, teacher = random_logits(), torch.rand(2, 32, 32, generator=torch.Generator().manual_seed(1))
    everywhere = torch.ones(2, 32, 32, dtype=torch.bool)
    for temperature in (1.0, 4.0):
        agreed = distillation_loss(logits, logits.detach().sigmoid()[:, 0], everywhere, temperature)
        assert agreed.item() == pytest.approx(0.0, abs=1e-6)
        assert distillation_loss(logits, teacher, everywhere, temperature).item() > 0.01
    assert distillation_loss(logits, teacher, ~everywhere).item() == 0.0


def test_distillation_reaches_taught_pixels_only_and_a_sure_teacher_is_finite() -> None:
    logits, taught = random_logits(), torch.zeros(2, 32, 32, dtype=torch.bool)
    taught[:, 4:8] = True
    distillation_loss(logits, torch.ones(2, 32, 32), taught).backward()
    assert logits.grad is not None
    assert (logits.grad[:, 0, 4:8] < 0).all()
    assert not logits.grad[:, 0, 8:].any()


def test_a_network_that_follows_the_shift_is_consistent() -> None:
    jitter, logits = Jitter(down_px=3, right_px=-2, noise_std=0.0), random_logits().detach()
    moved = jitter.apply(logits)
    torch.testing.assert_close(moved[..., 3:, :-2], logits[..., :-3, 2:], rtol=0, atol=0)
    assert consistency_loss(logits, moved, jitter).item() == 0.0
    assert consistency_loss(logits, logits, jitter).item() > 0.01


def test_what_was_shifted_out_is_void_in_consistency() -> None:
    jitter = Jitter(down_px=3, right_px=-2, noise_std=0.0)
    first, second = random_logits(0), random_logits(1)
    consistency_loss(first, second, jitter).backward()
    assert second.grad is not None
    assert first.grad is not None
    assert not second.grad[..., :3, :].any()
    assert not second.grad[..., -2:].any()
    assert second.grad[..., 3:, :-2].all()
    assert not first.grad[..., -3:, :].any()
    assert not first.grad[..., :2].any()


def test_jitter_is_drawn_from_the_seed() -> None:
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(draw_jitter())
    assert drawn[0] == drawn[1] != drawn[2]
    assert torch.equal(Jitter(0, 0, 0.0).apply(torch.ones(1, 3, 8, 8)), torch.ones(1, 3, 8, 8))


def people_targets() -> Tensor:
    """A person in the first of two pictures; nothing is known of the lower half of the second."""
    instances = np.zeros((2, 32, 32), np.uint8)
    instances[0, 8:24, 4:20], instances[1, 16:] = 1, 255
    return torch.from_numpy(np.stack([to_people_targets(one) for one in instances]))


def people_logits(targets: Tensor) -> Tensor:
    """What a network gives that has learned them, (2, 3, 32, 32)."""
    values = torch.cat([targets[:, :1], 0.5 * (targets[:, 1:3].nan_to_num() + 1.0)], dim=1)
    return values.clamp(1e-6, 1.0 - 1e-6).logit().repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)


def test_centres_and_offsets_cost_nothing_where_they_are_right() -> None:
    targets = people_targets()
    logits = people_logits(targets)
    assert people_loss(logits, targets).item() < 1e-4
    for channel in range(3):
        wrong = logits.clone()
        wrong[:, channel] += 1.0
        assert people_loss(wrong, targets).item() > 0.01


def test_centres_are_not_judged_where_nobody_knows_and_offsets_only_on_people() -> None:
    targets = people_targets()
    logits = people_logits(targets) + 1.0
    logits.requires_grad_()
    people_loss(logits, targets).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert not logits.grad[1, :, 16:].any()
    assert logits.grad[1, 0, :16].any()
    assert not logits.grad[1, 1:].any()
    assert logits.grad[0, 1:, 8:24, 4:20].any()
    assert not logits.grad[0, 1:, :, 24:].any()
